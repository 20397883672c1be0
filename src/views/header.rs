//! The bar on top: name, the views, tools, theme, export, link.

use crate::actions;
use crate::actions::link;
use crate::state::{PageView, ReportForm, State, Theme};
use crate::views::controls::Bar;
use crate::views::ui::icon::Glyph;
use fathom_core::i18n::{self, tr};
use icondata_lu::{LuMonitor, LuMoon, LuSun};
use leptos::prelude::*;

/// The header.
#[component]
pub(super) fn Header() -> impl IntoView {
    let state = State::here();
    let no_data = move || state.data.with(Option::is_none);
    let has_files = move || state.files.with(|files| !files.is_empty());
    let panel = state.controls.side_panel;
    let other = i18n::locale().other();
    view! {
        <header>
            <span class="word">
                <img src="icon.svg" width="24" height="24" alt=""/>
                "Fathom"
            </span>
            <ViewBar/>
            <Bar/>
            <button
                class="button icon theme"
                title=move || theme_title(state.theme.get())
                aria-label=move || theme_title(state.theme.get())
                on:click=move |_| actions::next_theme(state)
            >
                {move || theme_icon(state.theme.get())}
            </button>
            <a
                class="button icon"
                href=format!("?lang={}", other.code())
                lang=other.code()
                title=other.name()
                aria-label=other.name()
                data-language=other.code()
                data-confirm=move || has_files().then(|| tr!("The page reloads in the other language. Settings stay; choose the files again."))
            >
                {other.abbreviation()}
            </a>
            <button
                class="button panel-button"
                aria-controls="side-panel"
                aria-expanded=move || panel.get().to_string()
                on:click=move |_| panel.update(|is_open| *is_open = !*is_open)
            >
                {tr!("Files")}
            </button>
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

/// The views, with the one that is shown.
#[component]
fn ViewBar() -> impl IntoView {
    let state = State::here();
    let tabs = PageView::ALL
        .map(|view| {
            let current = move || (state.view.get() == view).then_some("page");
            view! {
                <button aria-current=current on:click=move |_| actions::show_view(state, view)>
                    {view.title()}
                </button>
            }
        })
        .collect_view();
    view! { <nav class="views" aria-label=tr!("Views")>{tabs}</nav> }
}

fn theme_title(theme: Theme) -> &'static str {
    match theme {
        Theme::System => tr!("Theme: system; press for dark"),
        Theme::Dark => tr!("Theme: dark; press for light"),
        Theme::Light => tr!("Theme: light; press for system"),
    }
}

fn theme_icon(theme: Theme) -> impl IntoView {
    let icon = match theme {
        Theme::System => LuMonitor,
        Theme::Dark => LuMoon,
        Theme::Light => LuSun,
    };
    view! { <Glyph icon/> }
}
