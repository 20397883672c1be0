//! What all sections of the study have in common: a title, a sentence, and that nothing is computed before somebody comes near.

use std::cell::Cell;
use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

use crate::charts::Fact;
use crate::language::{self, Language, said};
use crate::web::browser;

/// How far from the visible part a section begins to compute, in CSS pixels.
const NEAR: &str = "600px";

/// The attribute of the page's main element while what is far from view is left out of its layout, as style/study.css says.
const HURRY: &str = "data-hurry";

/// Milliseconds after which everything has its place again, whatever is still to come: jumps must end where they should.
const HURRY_MS: u64 = 3000;

/// Leaves what is far from view out of the page's layout, until [`calm`] or for a few seconds: while files are read and compared, laying
/// out and painting sections that nobody looks at was a tenth of all work.
pub(super) fn hurry() {
    thread_local! {
        static TIMES: Cell<u32> = const { Cell::new(0) };
    }
    let Some(main) = browser::element("main") else {
        return;
    };
    // A page that cannot be told is only slower.
    drop(main.set_attribute(HURRY, ""));
    let mine = TIMES.get().wrapping_add(1);
    TIMES.set(mine);
    set_timeout(
        move || {
            if TIMES.get() == mine {
                calm();
            }
        },
        Duration::from_millis(HURRY_MS),
    );
}

/// Gives everything its place again.
pub(super) fn calm() {
    if let Some(main) = browser::element("main") {
        drop(main.remove_attribute(HURRY));
    }
}

/// Whether somebody has come near an element; stays true.
pub(super) fn near(element: NodeRef<html::Section>) -> ReadSignal<bool> {
    let (near, set_near) = signal(false);
    Effect::new(move |_| {
        let Some(element) = element.get() else { return };
        let seen = Closure::<dyn Fn(js_sys::Array, IntersectionObserver)>::new(
            move |entries: js_sys::Array, observer: IntersectionObserver| {
                let visible = entries.iter().any(|entry| {
                    entry
                        .unchecked_into::<IntersectionObserverEntry>()
                        .is_intersecting()
                });
                if visible {
                    observer.disconnect();
                    set_near.set(true);
                }
            },
        );
        let options = IntersectionObserverInit::new();
        options.set_root_margin(NEAR);
        match IntersectionObserver::new_with_options(seen.as_ref().unchecked_ref(), &options) {
            Ok(observer) => observer.observe(&element),
            // A browser without it computes at once.
            Err(_) => set_near.set(true),
        }
        // It lives as long as the page.
        seen.forget();
    });
    near
}

/// A section: what it answers, a sentence on what is seen, a link to where that is derived.
#[component]
pub(super) fn Section(
    /// The anchor.
    id: &'static str,
    /// The title.
    title: &'static str,
    /// What is this, in a sentence.
    lead: &'static str,
    /// The heading of the theory that derives it, as its anchor in docs/THEORY.md.
    #[prop(optional)]
    theory: Option<&'static str>,
    /// Gets the element that tells whether somebody is near.
    element: NodeRef<html::Section>,
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-title");
    let labelled = heading.clone();
    view! {
        <section class="panel" id=id node_ref=element aria-labelledby=labelled>
            <h2 id=heading>{title}</h2>
            <p class="lead">
                {lead}
                {theory.map(|anchor| {
                    view! { " " <a class="theory" href=theory_at(anchor) target="_blank" rel="noopener">{said("Why?")}</a> }
                })}
            </p>
            {children()}
        </section>
    }
}

/// Figures with their names and what they mean.
#[component]
pub(super) fn Facts(facts: Vec<Fact>) -> impl IntoView {
    let items = facts
        .into_iter()
        .map(|fact| view! { <div><dt>{fact.name}</dt><dd>{fact.value} <small>{fact.meaning}</small></dd></div> })
        .collect_view();
    view! { <dl class="facts">{items}</dl> }
}

/// Where the theory stands: beside the page, in its language, with the same anchors in all of them.
pub(super) fn theory_at(anchor: &str) -> String {
    match language::spoken() {
        Language::English => format!("theory.html#{anchor}"),
        Language::Korean => format!("theory.ko.html#{anchor}"),
    }
}
