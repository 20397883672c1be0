//! The frame of a section: a title, a sentence, and a watch on whether a reader is near, before which nothing is computed.

use super::heading::Heading;
use crate::browser::dom;
use crate::state::{QueryGroup, State, look_at};

use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

use fathom_core::i18n::{self, Locale, tr};
use fathom_plot::charts::LabelledValue;

/// Distance from the visible part at which a section begins to compute, in CSS pixels.
const NEAR: &str = "600px";

/// The band of the window that holds the section being read, as margins. Its edges show the sections before and after.
const LOOKED_AT: &str = "-15% 0px -40% 0px";

/// True if the reader has scrolled near an element; stays true. The element's queries go first while it is in view.
pub(crate) fn near(
    element: NodeRef<html::Section>,
    groups: &'static [QueryGroup],
) -> ReadSignal<bool> {
    let state = State::here();
    let (near, set_near) = signal(false);
    Effect::new(move |_| {
        let Some(element) = element.get() else { return };
        let came = move |is_near| {
            if is_near && !near.get_untracked() {
                set_near.set(true);
            }
        };
        let watches = [
            ViewWatch::of(&element, LOOKED_AT, move |is_seen| {
                look_at(state, groups, is_seen);
            }),
            ViewWatch::of(&element, NEAR, came),
        ];
        // A browser without it computes at once.
        if watches.iter().any(Option::is_none) {
            set_near.set(true);
        }
        StoredValue::new_local(watches);
    });
    on_cleanup(move || look_at(state, groups, false));
    near
}

/// Watches whether an element is in a part of the window, until it is dropped.
struct ViewWatch {
    observer: IntersectionObserver,
    /// The callback of the browser.
    _told: Closure<dyn Fn(js_sys::Array)>,
}

impl ViewWatch {
    fn of(element: &web_sys::Element, part: &str, told: impl Fn(bool) + 'static) -> Option<Self> {
        let told = Closure::<dyn Fn(js_sys::Array)>::new(move |entries: js_sys::Array| {
            // The last one tells how it is now.
            let now: IntersectionObserverEntry = entries
                .get(entries.length().wrapping_sub(1))
                .unchecked_into();
            told(now.is_intersecting());
        });
        let options = IntersectionObserverInit::new();
        options.set_root_margin(part);
        let observer =
            IntersectionObserver::new_with_options(told.as_ref().unchecked_ref(), &options).ok()?;
        observer.observe(element);
        Some(Self {
            observer,
            _told: told,
        })
    }
}

impl Drop for ViewWatch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// A section: what it answers, a sentence on what is seen, a link to where that is derived.
#[component]
pub(crate) fn Section(
    /// The anchor.
    id: &'static str,
    /// The title.
    title: &'static str,
    /// The section's meaning in a sentence.
    lead: &'static str,
    /// The heading of the theory that derives it, as its anchor in docs/THEORY.md.
    #[prop(optional)]
    theory: Option<&'static str>,
    /// Gets the element whose distance from the window is watched.
    element: NodeRef<html::Section>,
    /// True if a press unfolds the content. Folded content computes nothing.
    #[prop(optional)]
    folded: bool,
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-title");
    let labelled = heading.clone();
    let content = view! { <section node_ref=element>{children()}</section> };
    let content = if folded {
        view! { <Fold title=tr!("Show")>{content}</Fold> }.into_any()
    } else {
        content.into_any()
    };
    view! {
        <section class="panel" id=id aria-labelledby=labelled>
            <Heading id=heading title/>
            <p class="lead">
                {lead}
                {theory.map(|anchor| {
                    view! { " " <a class="theory" href=theory_at(anchor) target="_blank" rel="noopener">{tr!("Why?")}</a> }
                })}
            </p>
            {content}
        </section>
    }
}

/// Content that unfolds on a press, or when a jump leads to it.
#[component]
pub(crate) fn Fold(
    title: &'static str,
    /// True if the section folds on a phone alone. On a desk it is open, and shows no fold.
    #[prop(optional)]
    on_phone: bool,
    children: Children,
) -> impl IntoView {
    let is_open = on_phone && !dom::is_narrow();
    view! {
        <details class="fold" class:on-phone=on_phone open=is_open>
            <summary>{title}</summary>
            {children()}
        </details>
    }
}

/// Figures with their names and what they mean.
#[component]
pub(crate) fn Facts(facts: Vec<LabelledValue>) -> impl IntoView {
    let items = facts
        .into_iter()
        .map(|fact| view! { <div><dt>{fact.name}</dt><dd>{fact.value} <small>{fact.meaning}</small></dd></div> })
        .collect_view();
    view! { <dl class="facts">{items}</dl> }
}

/// Where the theory stands: beside the page, in its language, with the same anchors in all of them.
pub(crate) fn theory_at(anchor: &str) -> String {
    match i18n::locale() {
        Locale::English => format!("theory.html#{anchor}"),
        Locale::Korean => format!("theory.ko.html#{anchor}"),
    }
}
