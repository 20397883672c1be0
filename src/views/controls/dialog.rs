//! A dialog over the page: the browser's own element, which keeps the focus inside, ends with Escape and gives the focus back.

use icondata_lu::LuX;
use leptos::prelude::*;
use leptos::{ev, html};

use crate::views::ui::icon::Glyph;
use fathom_core::i18n::tr;

/// The dialog. Its content is always there, so that what has `autofocus` gets the focus at once.
#[component]
pub(super) fn Dialog(
    id: &'static str,
    title: &'static str,
    /// True if the title is for those alone who do not see the dialog.
    #[prop(optional)]
    unseen_title: bool,
    open: RwSignal<bool>,
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<html::Dialog>::new();
    let heading = format!("{id}-title");
    let labelled = heading.clone();
    Effect::new(move |_| {
        let Some(dialog) = node.get() else { return };
        match (open.get(), dialog.open()) {
            (true, false) => drop(dialog.show_modal()),
            (false, true) => dialog.close(),
            _ => {}
        }
    });
    // Only the veil around it is the element itself.
    let beside = move |event: ev::MouseEvent| {
        let target = event.target();
        let veil = node
            .with_untracked(|dialog| dialog.as_ref().map(|d| target.as_ref() == Some(d.as_ref())));
        if veil == Some(true) {
            open.set(false);
        }
    };
    view! {
        <dialog node_ref=node id=id class="dialog" aria-labelledby=labelled on:close=move |_| open.set(false) on:click=beside>
            <div class="inside">
                <div class="dialog-head" class:hidden-title=unseen_title>
                    <h2 id=heading>{title}</h2>
                    <button class="plain" aria-label=tr!("Close") on:click=move |_| open.set(false)><Glyph icon=LuX/></button>
                </div>
                {children()}
            </div>
        </dialog>
    }
}
