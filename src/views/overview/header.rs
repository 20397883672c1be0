//! The bar on top: name, what is shown, theme, export, link.

use crate::actions;
use crate::actions::link;
use crate::state::{Origin, ReportForm, State, Theme};
use fathom_core::i18n::{self, tr};
use fathom_core::units;
use leptos::prelude::*;

/// The header.
#[component]
pub(super) fn Header() -> impl IntoView {
    let state = State::here();
    let no_data = move || state.data.with(Option::is_none);
    let has_files = move || state.files.with(|files| !files.is_empty());
    let other = i18n::locale().other();
    view! {
        <header>
            <span class="word">
                <img src="icon.svg" width="24" height="24" alt=""/>
                "Fathom"
            </span>
            <p class="case">{move || case_text(state)}</p>
            <button
                class="button icon"
                title=move || theme_title(state.theme.get())
                aria-label=move || theme_title(state.theme.get())
                on:click=move |_| actions::next_theme(state)
            >
                {move || theme_sign(state.theme.get())}
            </button>
            <a
                class="button icon"
                href=format!("?lang={}", other.code())
                lang=other.code()
                title=other.name()
                aria-label=other.name()
                data-language=other.code()
                data-confirm=move || has_files().then(|| tr!("The page is loaded anew in the other language: settings stay, files have to be chosen again."))
            >
                {other.abbreviation()}
            </a>
            <button class="button" disabled=no_data on:click=move |_| actions::export(state, ReportForm::Json)>
                {tr!("Export JSON")}
            </button>
            <button
                class="button primary"
                disabled=no_data
                on:click=move |_| link::copy(state)
            >
                {tr!("Copy link")}
            </button>
        </header>
    }
}

fn theme_title(theme: Theme) -> &'static str {
    match theme {
        Theme::System => tr!("Theme: as the system; press for dark"),
        Theme::Dark => tr!("Theme: dark; press for light"),
        Theme::Light => tr!("Theme: light; press for the system's"),
    }
}

fn theme_sign(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "\u{25d0}",
        Theme::Dark => "\u{25cf}",
        Theme::Light => "\u{25cb}",
    }
}

fn case_text(state: State) -> String {
    state.data.with(|data| {
        let Some(data) = data else {
            return String::new();
        };
        let pixels = tr!("{} px", units::count(data.summary.count));
        match &data.origin {
            Origin::Sample => {
                tr!(
                    "Published case: 91 frames, {pixels}, made from its percentiles",
                    pixels
                )
            }
            Origin::Link { source, .. } => tr!("From a link: {source}, {pixels}", source, pixels),
            Origin::Files { built } => format!(
                "{}: {}, {pixels}",
                built.shown.title(),
                units::counted(state.maps_of(built.shown), units::Noun::Map)
            ),
        }
    })
}
