//! The entries of the list of commands.

use crate::actions;
use crate::state::{Kept, State, Swept};
use std::sync::Arc;

use leptos::prelude::*;

use super::super::{keyboard, recents};
use crate::browser::dom;
use crate::controls::{Deed, SHORTCUTS};
use crate::views::remedies::OFFERS;
use fathom_analysis::Policy;
use fathom_analysis::compare::{Average, Evaluator};
use fathom_core::i18n::{Locale, locale, tr, tr_dynamic, with_english};
use fathom_core::metrics::Criterion;
use fathom_core::quant::{Bits, CodeKind};
use fathom_core::units;
use fathom_report::link::Settings;

/// A command.
#[derive(Clone)]
pub(super) struct Command {
    /// Words that find it: its title, and others that are not shown.
    pub(super) titles: Vec<String>,
    /// Its group.
    pub(super) group: &'static str,
    /// Its key.
    pub(super) keys: Option<String>,
    /// Does it.
    pub(super) act: Arc<dyn Fn() + Send + Sync>,
}

impl Command {
    fn new(group: &'static str, title: String, act: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            titles: vec![title],
            group,
            keys: None,
            act: Arc::new(act),
        }
    }

    /// The same with another name that finds it.
    fn also(mut self, name: impl Into<String>) -> Self {
        self.titles.push(name.into());
        self
    }

    /// The shown text.
    pub(super) fn title(&self) -> String {
        self.titles.first().cloned().unwrap_or_default()
    }
}

/// Every command, by its title in the language that is spoken and in English.
pub(super) fn commands(state: State) -> Vec<Command> {
    let mut commands = listed(state);
    if locale() != Locale::English {
        let english = with_english(|| listed(state));
        for (command, english) in commands.iter_mut().zip(english) {
            command.titles.extend(english.titles);
        }
    }
    commands
}

fn listed(state: State) -> Vec<Command> {
    let mut out = Vec::new();
    keys(state, &mut out);
    sections(state, &mut out);
    ranges(state, &mut out);
    settings(state, &mut out);
    metrics(state, &mut out);
    exports(state, &mut out);
    page(&mut out);
    results(state, &mut out);
    out
}

/// Commands with a key of their own.
fn keys(state: State, out: &mut Vec<Command>) {
    let mac = dom::is_mac();
    let singles = state.controls.singles.get();
    let mut done: Vec<Deed> = Vec::new();
    for shortcut in SHORTCUTS {
        let deed = shortcut.deed;
        // The list itself is open, and sections are all below.
        let is_elsewhere = matches!(deed, Deed::FindCommand | Deed::GoTo(_));
        if is_elsewhere || done.contains(&deed) || !shortcut.is_there(mac) {
            continue;
        }
        done.push(deed);
        let mut command = Command::new(
            tr!("Page"),
            tr_dynamic(shortcut.says).to_owned(),
            move || {
                keyboard::act(state, deed);
            },
        );
        command.keys = (singles || !shortcut.is_single()).then(|| shortcut.keys(mac).join("+"));
        out.push(command);
    }
}

/// Every section that the page has now, by its heading and by its anchor, which is English.
fn sections(state: State, out: &mut Vec<Command>) {
    for section in dom::find_all("main .view, main section.panel[id]") {
        let id = section.id();
        let heading = section.query_selector("h1, h2").ok().flatten();
        let Some(title) = heading.and_then(|heading| heading.text_content()) else {
            continue;
        };
        let place = id.clone();
        let go = move || actions::go_to(state, &place);
        out.push(Command::new(tr!("Go to"), title.trim().to_owned(), go).also(id));
    }
}

fn ranges(state: State, out: &mut Vec<Command>) {
    let group = tr!("Range");
    for (row, named) in state.ranges().into_iter().enumerate() {
        let ends = units::range(named.range.min_m(), named.range.max_m());
        let title = tr!(
            "Use the range {ends} ({name})",
            ends,
            name = tr_dynamic(&named.name)
        );
        out.push(Command::new(group, title, move || {
            actions::choose_range(state, row);
        }));
    }
    let best = state.measured.with(|(_, best)| best.clone());
    for best in best {
        let (range, metric) = (best.range, best.metric.name());
        let ends = units::range(range.min_m(), range.max_m());
        let title = tr!("Use the best range for {metric}: {ends}", metric, ends);
        out.push(Command::new(group, title, move || {
            actions::use_range(state, &tr!("best {}", metric), range);
        }));
    }
    for (title, nth) in [
        (tr!("Add a range"), 1),
        (tr!("Reset to the four candidates"), 2),
    ] {
        out.push(Command::new(group, title.to_owned(), move || {
            dom::press(&format!(
                "section[aria-labelledby=table-title] .actions .button:nth-of-type({nth})"
            ));
        }));
    }
}

fn settings(state: State, out: &mut Vec<Command>) {
    let group = tr!("Settings");
    let set = move |change: &dyn Fn(&mut Settings)| {
        state.settings.update(|settings| change(settings));
    };
    for policy in Policy::ALL {
        let title = tr!("Pixels outside the range: {}", tr_dynamic(policy.name()));
        out.push(Command::new(group, title, move || {
            set(&|settings| settings.how.policy = policy);
        }));
    }
    for bits in (4..=16).filter_map(Bits::new) {
        let title = tr!("Bits of the output: {}", bits.get());
        out.push(Command::new(group, title, move || {
            actions::use_bits(state, bits);
        }));
    }
    for code in [CodeKind::Uniform, CodeKind::UniformZeroPoint] {
        let title = tr!("Code of the output: {}", tr_dynamic(code.name()));
        out.push(Command::new(group, title, move || {
            actions::use_code(state, code);
        }));
    }
}

fn metrics(state: State, out: &mut Vec<Command>) {
    let group = tr!("Metrics");
    for criterion in Criterion::ALL {
        let title = tr!(
            "Metric of maps and curves: {}",
            tr_dynamic(criterion.name())
        );
        out.push(Command::new(group, title, move || {
            state.criterion.set(criterion);
        }));
    }
    for swept in Swept::ALL {
        let title = tr!("Chart of sweeps: {}", swept.title());
        let go = move || actions::go_to(state, swept.id());
        out.push(Command::new(group, title, go).also(swept.id()));
    }
    if !state.has_practice() {
        return;
    }
    for evaluator in Evaluator::ALL {
        let title = tr!("Measure as {}", tr_dynamic(evaluator.name()));
        out.push(Command::new(group, title, move || {
            state.measure_as(evaluator);
        }));
    }
    for (average, title) in [
        (Average::Pooled, tr!("Average over all pixels together")),
        (Average::PerFrame, tr!("Average over frames")),
    ] {
        out.push(Command::new(group, title.to_owned(), move || {
            state.average.set(average);
        }));
    }
}

fn exports(state: State, out: &mut Vec<Command>) {
    for offer in OFFERS {
        let title = tr!("Save: {}", tr_dynamic(offer.name));
        let save = move || actions::export(state, offer.form);
        out.push(Command::new(tr!("Export"), title, save).also(offer.form.file_name()));
    }
}

/// Commands that have buttons on the page, by their own names.
fn page(out: &mut Vec<Command>) {
    let theme = dom::find("header .theme").and_then(|b| b.get_attribute("title"));
    if let Some(title) = theme {
        let press = || dom::press("header .theme");
        out.push(Command::new(tr!("Page"), title, press).also("theme dark light"));
    }
    let language = dom::find("header a[data-language]").and_then(|a| a.get_attribute("title"));
    if let Some(name) = language {
        let press = || dom::press("header a[data-language]");
        let title = tr!("Language: {name}", name);
        out.push(Command::new(tr!("Page"), title, press));
    }
    out.push(Command::new(
        tr!("Page"),
        tr!("Choose a folder").to_owned(),
        || dom::press("aside .drop + .button"),
    ));
}

fn results(state: State, out: &mut Vec<Command>) {
    let Kept::There(kept) = state.controls.kept.get() else {
        return;
    };
    for (recent, _) in kept {
        let Some(facts) = recent.facts() else {
            continue;
        };
        let title = tr!(
            "Open {source} of {time}",
            source = facts.name(),
            time = recents::time(&recent)
        );
        out.push(Command::new(tr!("Recent results"), title, move || {
            recents::open(state, &recent);
        }));
    }
}
