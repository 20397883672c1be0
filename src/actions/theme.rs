//! The theme: kept, chosen, and light while the page is printed.

use leptos::prelude::*;

use crate::browser::dom;
use crate::state::{State, Theme};

/// Where the chosen theme is kept.
const THEME_KEY: &str = "fathom.theme";

/// Takes the kept theme.
pub(crate) fn restore_theme(state: State) {
    let theme = match dom::stored(THEME_KEY).as_deref() {
        Some("light") => Theme::Light,
        Some("dark") => Theme::Dark,
        _ => Theme::System,
    };
    apply_theme(state, theme);
}

/// Goes on to the next theme and keeps it.
pub(crate) fn next_theme(state: State) {
    let theme = match state.theme.get_untracked() {
        Theme::System => Theme::Dark,
        Theme::Dark => Theme::Light,
        Theme::Light => Theme::System,
    };
    apply_theme(state, theme);
    dom::store(THEME_KEY, theme.name().unwrap_or("system"));
}

fn apply_theme(state: State, theme: Theme) {
    dom::set_root_attribute("data-theme", theme.name());
    state.theme.set(theme);
}

/// Shows the light theme while the page is printed: paper is white, and ink is dear.
pub(crate) fn begin_print(state: State) {
    dom::set_root_attribute("data-theme", Theme::Light.name());
    state.repaint.update(|n| *n += 1);
}

/// Shows the chosen theme again.
pub(crate) fn end_print(state: State) {
    apply_theme(state, state.theme.get_untracked());
    state.repaint.update(|n| *n += 1);
}

impl Theme {
    /// The attribute's value; none for the system's theme.
    fn name(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }
}
