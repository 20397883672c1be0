//! Jumps within the page that end where they should.
//!
//! Sections compute when they come near the window and grow as they fill. Sections above a jump's target would push it out of sight.

use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlElement};

use super::dom;

/// Milliseconds between two looks at where the place is, and how many there are: what fills does so within some seconds.
const REST_MS: i32 = 60;
const LOOKS: usize = 60;

/// Distances under this, in CSS pixels, count as no jump.
const SAME: f64 = 1.0;

/// Goes to an element and gives it the focus, so that the next key goes on from there. The jump ends when it is not the last one.
pub(crate) fn go_to(element: &HtmlElement, is_last: impl Fn() -> bool + 'static) {
    if element.tab_index() < 0 {
        // Not by the Tab key, which only stops at what can be used.
        element.set_tab_index(-1);
    }
    show(element, is_last);
    drop(element.focus());
}

/// Scrolls an element to the top of the window. It stays there while sections above it fill, until the reader scrolls.
fn show(element: &Element, is_last: impl Fn() -> bool + 'static) {
    element.scroll_into_view();
    let element = element.clone();
    spawn_local(async move {
        let mut last = Sight::of(&element);
        for _ in 0..LOOKS {
            dom::pause(REST_MS).await;
            let now = Sight::of(&element);
            if !is_last() || last.was_scrolled(&now) {
                return;
            }
            if last.was_pushed(&now) {
                element.scroll_into_view();
            }
            last = Sight::of(&element);
        }
    });
}

/// Where a page is scrolled to, and an element in its window.
struct Sight {
    scrolled: f64,
    top: f64,
}

impl Sight {
    fn of(element: &Element) -> Self {
        let scrolled = dom::window().and_then(|window| window.scroll_y().ok());
        Self {
            scrolled: scrolled.unwrap_or_default(),
            top: element.get_bounding_client_rect().top(),
        }
    }

    /// True if the reader scrolled: the page's offset changed while the element kept its place in the page.
    fn was_scrolled(&self, now: &Self) -> bool {
        let has_kept = (self.scrolled + self.top - now.scrolled - now.top).abs() <= SAME;
        has_kept && (self.scrolled - now.scrolled).abs() > SAME
    }

    fn was_pushed(&self, now: &Self) -> bool {
        (self.top - now.top).abs() > SAME
    }
}
