//! The answers of the published case as `index.html` shows them, before the program has computed them.

use leptos::html;
use leptos::prelude::*;
use web_sys::Element;

use crate::browser::dom;
use fathom_core::i18n;

/// The element with the cards; absent where the address asks for anything else.
#[derive(Clone, Copy)]
pub(in crate::views) struct StaticCards(StoredValue<Option<Element>, LocalStorage>);

impl StaticCards {
    /// Takes the cards of the page's language out of `index.html`.
    pub(in crate::views) fn take() -> Self {
        let language = i18n::locale().code();
        let cards = dom::find(&format!(
            "html:not([data-opened]) #first-visit > [lang={language}] .cards"
        ));
        Self(StoredValue::new_local(cards))
    }

    /// True if there are cards.
    pub(super) fn is_there(self) -> bool {
        self.0.with_value(Option::is_some)
    }
}

/// The cards, moved into the page.
#[component]
pub(super) fn PublishedCards() -> impl IntoView {
    let StaticCards(cards) = expect_context();
    let place = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        if let (Some(place), Some(cards)) = (place.get(), cards.get_value()) {
            drop(place.append_with_node_1(&cards));
        }
    });
    view! { <div node_ref=place></div> }
}
