//! The link: what the address held when the page was opened, what it holds now, and what it is held against.
//!
//! [`crate::actions::open_address`] shows the depths and settings of a link; all the rest is read and written here.

use super::navigation::{element_id, go_to};
use super::notices::notify;
use crate::state::{DepthInfo, Link, Opened, PageView, QueryGroup, Severity, State, keep_answered};
use std::sync::Arc;

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::browser::dom;
use fathom_core::i18n::tr;
use fathom_core::stats::Sketch;
use fathom_engine::query::{Query, QueryResult};
use fathom_engine::{sketch_budget, sketched_depths};
use fathom_plot::charts::link_contents;
use fathom_report::link::{
    self, FragmentParts, Settings, SharedDepths, SharedStudy, SketchBudget, StudyChoices,
    worst_frames,
};

/// Time between two changes of the address bar, in milliseconds: browsers limit how often it may change.
const ADDRESS_INTERVAL_MS: f64 = 300.0;

/// Frames after the answers within which a section that an address names must be there.
const MOUNTING_FRAMES: u32 = 300;

/// Remembers what the address holds, until the page shows its depths.
pub(crate) fn read_address(state: State) {
    // What was about to be written is of the old one.
    let timer = state.address.write_value().timer.take();
    if let Some(timer) = timer {
        timer.clear();
    }
    let fragment = dom::fragment();
    let parts = FragmentParts::split(&fragment);
    state.address.update_value(|address| {
        address.opened = None;
        address.other = parts.compared_with.map(ToOwned::to_owned);
        address.section = parts.section.map(ToOwned::to_owned);
    });
    let view = parts.view.and_then(PageView::from_id).unwrap_or_default();
    state.view.set(view);
    // What is no link, the page says.
    let Ok(Some(page)) = link::decode(parts.own) else {
        return;
    };
    if page.has_unknown {
        notify(
            state,
            Severity::Warning,
            tr!("A newer Fathom made this link: what this version does not know is left out.")
                .to_owned(),
        );
    }
    let study = SharedStudy::from_bytes(&page.study);
    if study.is_none() {
        notify(
            state,
            Severity::Warning,
            tr!("The comparison in this link cannot be read: ask for the link again.").to_owned(),
        );
    }
    let study = study.unwrap_or_default();
    let network = link::decode_network(&page.network);
    state.address.write_value().opened = Some(Opened {
        page,
        study,
        network,
    });
}

/// Files take the place of what the address named.
pub(super) fn forget_section(state: State) {
    state.address.write_value().section = None;
}

/// Takes what came along in the link of the depths that are about to be shown.
pub(crate) fn on_depths(state: State, facts: &DepthInfo) {
    let opened = state.address.write_value().opened.take();
    let opened = opened.filter(|opened| opened.fits(facts));
    let kind = |facts: &DepthInfo| (facts.is_sample, facts.role.is_some());
    let is_other = state
        .facts
        .with_untracked(|old| old.as_ref().is_none_or(|old| kind(old) != kind(facts)));
    if let Some(opened) = &opened {
        let SharedStudy { title, choices, .. } = &opened.study;
        state.title.set(title.clone());
        let StudyChoices {
            evaluator,
            own_protocol,
            average,
            criterion,
            clipping_weight,
            band_edges_m,
        } = choices.clone();
        state.evaluator.set(evaluator);
        state.own_protocol.set(own_protocol);
        state.average.set(average);
        state.criterion.set(criterion);
        state.clipping_weight.set(clipping_weight);
        state.band_edges_m.set(band_edges_m);
        let other = state.address.write_value().other.take();
        state.other_link.set(other);
    } else if is_other {
        state.title.set(String::new());
    }
    state.with_names.set(
        opened
            .as_ref()
            .is_some_and(|opened| !opened.study.frames.is_empty()),
    );
    // Whoever asked for a long link asked for these depths.
    state.ample_link.set(false);
    let is_link = !facts.is_sample && facts.role.is_none();
    let shared = opened
        .as_ref()
        .filter(|_| is_link)
        .and_then(|opened| opened.study.comparison.clone());
    if let Some(shared) = &shared {
        state.changes.set(shared.changes());
    }
    let network = opened.as_ref().filter(|_| is_link);
    super::network::show_shared(state, network.and_then(|opened| opened.network.clone()));
    state.shared.set(shared);
    state.opened.set(opened.map(Arc::new));
}

/// Keeps the link to what is shown, and the address with it.
pub(crate) fn sync_link(state: State) {
    // The answers on top come before the first link to new files, which takes all that the workers can do.
    let may_ask_of = RwSignal::new(None);
    Effect::new(move |_| {
        let serial = state.serial();
        if state.awaits_recodings() || may_ask_of.get_untracked() == serial {
            return;
        }
        spawn_local(async move {
            // Until they are drawn.
            dom::next_frame().await;
            dom::next_frame().await;
            may_ask_of.set(serial);
        });
    });
    let sketches = keep_answered(QueryGroup::Sketch, move || {
        if may_ask_of.get() != state.serial() {
            return Vec::new();
        }
        let has_files = state
            .facts
            .with(|f| f.as_ref().is_some_and(|f| f.role.is_some()));
        let room = if state.ample_link.get() {
            SketchBudget::Large
        } else {
            state.practice.with(sketch_budget)
        };
        has_files
            .then_some(Query::Sketch(room))
            .into_iter()
            .collect()
    });
    let sketch = Memo::new(move |_| {
        sketches.with(|answers| match answers.known().next() {
            Some(QueryResult::Sketch(sketch)) => Some(sketch.clone()),
            _ => None,
        })
    });
    let made = Memo::new(move |_| {
        let depths = state.shared_depths(sketch.get())?;
        let study = state.shared_study();
        let settings = state.settings.get();
        state.with_names_that_fit(&depths, &settings, study)
    });
    Effect::new(move |_| state.link.set(made.get()));
    Effect::new(move |_| {
        if state.answers.with(Option::is_none) {
            return;
        }
        let section = state.address.write_value().section.take();
        if let Some(section) = section {
            spawn_local(async move {
                // Views are mounted one after another, and may come after the answers.
                for _ in 0..MOUNTING_FRAMES {
                    if dom::element(element_id(&section)).is_some() {
                        return go_to(state, &section);
                    }
                    dom::next_frame().await;
                }
            });
        }
    });
    Effect::new(move |_| {
        state.link.track();
        state.other_link.track();
        state.view.track();
        write_address_soon(state);
    });
}

/// Writes the address as soon as it may change again, unless that is already planned.
fn write_address_soon(state: State) {
    if state.address.with_value(|address| address.timer.is_some()) {
        return;
    }
    let write = move || {
        state.address.update_value(|address| {
            address.timer = None;
            address.free_at_ms = dom::now_ms() + ADDRESS_INTERVAL_MS;
        });
        // Until an opened link is shown, the address is this link's.
        if state.address.with_value(|address| address.opened.is_none()) {
            write_address(state);
        }
    };
    let free_at_ms = state.address.with_value(|address| address.free_at_ms);
    let wait_ms = (free_at_ms - dom::now_ms()).clamp(0.0, ADDRESS_INTERVAL_MS);
    let wait = std::time::Duration::from_secs_f64(wait_ms / 1000.0);
    state.address.write_value().timer = set_timeout_with_handle(write, wait).ok();
}

/// Returns the fragment of what is shown; `None` while there is no link.
fn fragment(state: State, section: Option<&str>) -> Option<String> {
    let own = state
        .link
        .with_untracked(|link| link.as_ref().map(|link| link.fragment.clone()))?;
    let other = state.other_link.get_untracked();
    let view = state.view.get_untracked();
    let parts = FragmentParts {
        own: &own,
        compared_with: other.as_deref(),
        view: (view != PageView::default()).then(|| view.id()),
        section,
    };
    Some(parts.join())
}

/// Writes the link into the address bar; `None` while there is none.
pub(crate) fn write_address(state: State) -> Option<String> {
    let fragment = fragment(state, None)?;
    dom::set_fragment(&fragment);
    Some(dom::address_with(&fragment))
}

/// Copies the link; says whether that worked, and what is in it.
pub(crate) fn copy(state: State) {
    write_address(state);
    copy_fragment(state, fragment(state, None));
}

/// Copies a link that opens at a section.
pub(crate) fn copy_link_to(state: State, section: &str) {
    copy_fragment(state, fragment(state, Some(section)));
}

fn copy_fragment(state: State, fragment: Option<String>) {
    let tell = move |text: String| notify(state, Severity::Info, text);
    let Some(fragment) = fragment else {
        tell(tr!("The link is still being made: try again in a moment.").to_owned());
        return;
    };
    let contents = contents(state).unwrap_or_default();
    spawn_local(async move {
        let copied = dom::copy_text(&dom::address_with(&fragment)).await;
        tell(if copied {
            tr!("Link copied. {contents}", contents)
        } else {
            dom::set_fragment(&fragment);
            tr!("This browser blocks copying. The link is in the address bar.").to_owned()
        });
    });
}

/// The content of the link in one sentence, with the length of the whole address.
pub(crate) fn contents(state: State) -> Option<String> {
    state.link.with(|link| {
        let Link {
            fragment,
            depths,
            study,
            has_network,
        } = link.as_ref()?;
        let length = dom::address_with(fragment).len();
        Some(link_contents(depths, study, *has_network, length))
    })
}

impl State {
    /// The depths for a link; `None` while nothing is shown or its sketch is being made.
    fn shared_depths(self, sketch: Option<Sketch>) -> Option<SharedDepths> {
        let facts = self.facts.get()?;
        if facts.is_sample {
            return Some(SharedDepths::Sample);
        }
        let Some(role) = facts.role else {
            return self
                .opened
                .with(|opened| Some(opened.as_ref()?.page.depths.clone()));
        };
        Some(sketched_depths(role, facts.maps, facts.summary, sketch?))
    }

    /// Choices and comparison, without names of frames.
    fn shared_study(self) -> SharedStudy {
        let choices = StudyChoices {
            evaluator: self.evaluator.get(),
            own_protocol: self.own_protocol.get(),
            average: self.average.get(),
            criterion: self.criterion.get(),
            clipping_weight: self.clipping_weight.get(),
            band_edges_m: self.band_edges_m.get(),
        };
        let title = self.title.get();
        self.with_figures(|known| known.shared_study(title, choices))
    }

    /// The link, with as many names of the worst frames as are requested and fit.
    fn with_names_that_fit(
        self,
        depths: &SharedDepths,
        settings: &Settings,
        study: SharedStudy,
    ) -> Option<Link> {
        let frames = if self.with_names.get() {
            let own = self.practice.with(|p| worst_frames(p.frame_errors()));
            let told = self.opened.get().map(|opened| opened.study.frames.clone());
            if own.is_empty() {
                told.unwrap_or_default()
            } else {
                own
            }
        } else {
            Vec::new()
        };
        // The sample's network is the published one.
        let is_sample = *depths == SharedDepths::Sample;
        let network = self.with_figures(|known| {
            let network = known.network.filter(|_| !is_sample)?;
            link::encode_network(&network)
        });
        let network = network.unwrap_or_default();
        let (fragment, study) = link::encode_fitting(depths, settings, study, &network, &frames)?;
        Some(Link {
            fragment,
            depths: depths.clone(),
            study,
            has_network: !network.is_empty(),
        })
    }
}
