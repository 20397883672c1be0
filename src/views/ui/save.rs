//! Saving a chart as a picture.

use super::chart::Look;
use crate::browser::dom;
use fathom_core::i18n::{tr, tr_dynamic};
use fathom_plot::{Palette, Scene, to_svg};
use leptos::html;
use leptos::prelude::*;

/// Two buttons: PNG as it is on the screen, SVG for papers.
#[component]
pub(crate) fn SaveChart(
    /// The title of the chart; the file is named after it.
    name: &'static str,
    canvas: NodeRef<html::Canvas>,
    /// True if there is nothing to save yet.
    waiting: Signal<bool>,
    /// The scene of an SVG.
    scene: impl Fn() -> Option<Scene> + 'static,
) -> impl IntoView {
    let look: Look = expect_context();
    let png = move |_| {
        if let Some(url) = canvas.get_untracked().and_then(|c| c.to_data_url().ok()) {
            save(&format!("{}.png", file_name(name)), &url);
        }
    };
    let svg = move |_| {
        if let (Some(palette), Some(scene)) = (look.palette.get_untracked(), untrack(&scene)) {
            save_svg(name, &scene, &palette);
        }
    };
    view! {
        <span class="save">
            <button class="plain-link" disabled=move || waiting.get() on:click=png aria-label=tr!("Save the chart {name} as PNG", name = tr_dynamic(name))>"PNG"</button>
            <button class="plain-link" disabled=move || waiting.get() on:click=svg aria-label=tr!("Save the chart {name} as SVG", name = tr_dynamic(name))>"SVG"</button>
        </span>
    }
}

/// Saves a scene as SVG.
fn save_svg(name: &str, scene: &Scene, palette: &Palette) {
    match to_svg(scene, palette) {
        Ok(text) => {
            let name = format!("{}.svg", file_name(name));
            drop(dom::download(&name, "image/svg+xml", text.as_bytes()));
        }
        Err(why) => leptos::logging::warn!("{why}"),
    }
}

fn save(name: &str, url: &str) {
    // A browser that refuses leaves the chart on the screen.
    drop(dom::download_from(name, url));
}

/// Letters and figures of a title, joined by hyphens.
pub(super) fn file_name(title: &str) -> String {
    let words: Vec<String> = title
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    words.join("-")
}
