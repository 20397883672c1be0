//! The link with what it holds: a title, names of frames on request, and its code for a phone.

use crate::state::State;
use leptos::prelude::*;

use crate::actions::link::{contents, copy, write_address};

use crate::browser::dom;
use crate::views::ui::icon::Glyph;
use fathom_core::i18n::tr;
use fathom_engine::JobId;
use fathom_report::link::{MAX_TITLE, SharedDepths, qr_code};
use icondata_lu::{LuCopy, LuQrCode, LuShare2};

/// The card.
#[component]
pub(super) fn LinkCard() -> impl IntoView {
    let state = State::here();
    let open = RwSignal::new(false);
    let address = RwSignal::new(String::new());
    let code = Memo::new(move |_| address.with(|text| qr_code(text)));
    let picture = move || {
        code.get().map_or_else(
            || view! { <p>{tr!("The link is too long for a QR code.")}</p> }.into_any(),
            |code| {
                let view_box = format!("0 0 {0} {0}", code.side);
                view! {
                    <svg class="qr" viewBox=view_box role="img" aria-label=tr!("QR code of the link") shape-rendering="crispEdges">
                        <path d=code.path></path>
                    </svg>
                }
                .into_any()
            },
        )
    };
    Effect::new(move |_| {
        // The link's content has changed: the QR code is made anew on the next press.
        state.link.track();
        open.set(false);
    });
    let has_names = Memo::new(move |_| {
        let own = state.practice.with(|p| p.frame_errors().next().is_some());
        let told = state
            .opened
            .with(|opened| opened.as_ref().is_some_and(|o| !o.study.frames.is_empty()));
        own || told
    });
    // Only where a short link's figures are coarse there is something to gain; what is offered once stays while these depths are shown.
    let offers_ample = Memo::new(move |before: Option<&(Option<JobId>, bool)>| {
        let serial = state.serial();
        let is_offered = before.is_some_and(|before| *before == (serial, true));
        let is_coarse = state.link.with(|link| {
            let depths = link.as_ref().map(|link| &link.depths);
            matches!(depths, Some(SharedDepths::Sketch { sketch, .. }) if sketch.is_coarse())
        });
        let has_files = state
            .facts
            .with(|f| f.as_ref().is_some_and(|f| f.role.is_some()));
        (serial, is_offered || (has_files && is_coarse))
    });
    let holds = move || {
        contents(state).unwrap_or_else(|| {
            tr!("The link is still being made: try again in a moment.").to_owned()
        })
    };
    let typed = move |event| {
        let title: String = event_target_value(&event).chars().take(MAX_TITLE).collect();
        state.title.set(title.trim().to_owned());
    };
    view! {
        <div class="card below" id="link">
            <h3>{tr!("The link")}</h3>
            <div class="tools">
                <label class="inline wide">
                    {tr!("Link title (optional) ")}
                    <input type="text" maxlength=MAX_TITLE.to_string() prop:value=move || state.title.get() on:change=typed/>
                </label>
                <label class="marker">
                    <input
                        type="checkbox"
                        prop:checked=move || state.with_names.get()
                        disabled=move || !has_names.get()
                        on:change=move |e| state.with_names.set(event_target_checked(&e))
                    />
                    <span>{tr!("Include the names of the worst frames")}</span>
                </label>
                <Show when=move || offers_ample.get().1>
                    <label class="marker">
                        <input
                            type="checkbox"
                            prop:checked=move || state.ample_link.get()
                            on:change=move |e| state.ample_link.set(event_target_checked(&e))
                        />
                        <span>{tr!("A longer link, with more exact figures")}</span>
                    </label>
                </Show>
            </div>
            <p class="contents" role="status">{holds}</p>
            <div class="tools">
                <button class="button" on:click=move |_| copy(state)><Glyph icon=LuCopy/>{tr!("Copy the link")}</button>
                <button
                    class="button"
                    aria-expanded=move || open.get().to_string()
                    on:click=move |_| {
                        address.set(write_address(state).unwrap_or_else(dom::address));
                        open.update(|open| *open = !*open);
                    }
                >
                    <Glyph icon=LuQrCode/>
                    {move || if open.get() { tr!("Hide the QR code") } else { tr!("Show as a QR code") }}
                </button>
                <Show when=dom::can_share>
                    <button
                        class="button"
                        on:click=move |_| {
                            let address = write_address(state).unwrap_or_else(dom::address);
                            dom::share(tr!("What INT8 does to these depth maps"), &address);
                        }
                    >
                        <Glyph icon=LuShare2/>
                        {tr!("Share the link \u{2026}")}
                    </button>
                </Show>
            </div>
            <Show when=move || open.get()>{picture}</Show>
        </div>
    }
}
