//! Saving a chart as a picture.

use leptos::html;
use leptos::prelude::*;

use crate::plot::{Scene, to_svg};
use crate::web::{browser, canvas as drawing};

/// Two buttons: PNG as it is on the screen, SVG for papers.
#[component]
pub(crate) fn SaveChart(
    /// What the chart shows; the file is named after it.
    name: &'static str,
    canvas: NodeRef<html::Canvas>,
    scene: Signal<Option<Scene>>,
) -> impl IntoView {
    let png = move |_| {
        if let Some(url) = canvas.get_untracked().and_then(|c| c.to_data_url().ok()) {
            save(&format!("{}.png", file_name(name)), &url);
        }
    };
    let svg = move |_| {
        let (Some(canvas), Some(scene)) = (canvas.get_untracked(), scene.get_untracked()) else {
            return;
        };
        match to_svg(&scene, &drawing::palette(&canvas)) {
            Ok(text) => {
                let name = format!("{}.svg", file_name(name));
                drop(browser::download(&name, "image/svg+xml", text.as_bytes()));
            }
            Err(why) => leptos::logging::warn!("{why}"),
        }
    };
    let waiting = move || scene.with(Option::is_none);
    view! {
        <span class="save">
            <button class="plain-link" disabled=waiting on:click=png aria-label=format!("Save the chart {name} as PNG")>"PNG"</button>
            <button class="plain-link" disabled=waiting on:click=svg aria-label=format!("Save the chart {name} as SVG")>"SVG"</button>
        </span>
    }
}

fn save(name: &str, url: &str) {
    // A browser that refuses leaves the chart on the screen.
    drop(browser::download_from(name, url));
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
