//! Another link beside that of the page: before and after recalibration, say.

use crate::state::{QueryGroup, State, keep_answered};
use leptos::html;
use leptos::prelude::*;

use crate::views::ui::section::Section;
use crate::views::ui::table::PlainTable;
use fathom_core::i18n::{tr, tr_dynamic};
use fathom_engine::query::QueryResult;
use fathom_plot::charts::{
    LinkComparisonLine, RangeLine, incomparable_texts, link_comparison_info, link_comparison_lines,
    piece_lines, range_lines,
};
use fathom_report::link::{self, LinkComparison};

/// The fragment of a pasted address or link, without what that is held against.
///
/// # Errors
/// One sentence, where it is no link of this page.
fn pasted(text: &str) -> Result<String, String> {
    let fragment = text.trim().rsplit('#').next().unwrap_or_default();
    let own = link::FragmentParts::split(fragment).own;
    match link::decode(own) {
        Ok(Some(_)) => Ok(own.to_owned()),
        Ok(None) => Err(link::LinkError::Foreign.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// The section.
#[component]
pub(super) fn FacingSection() -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Section>::new();
    let field = NodeRef::<html::Input>::new();
    let refused = RwSignal::new(None::<String>);
    let compare = move || {
        let Some(field) = field.get_untracked() else {
            return;
        };
        match pasted(&field.value()) {
            Ok(other) => {
                refused.set(None);
                state.other_link.set(Some(other));
                field.set_value("");
            }
            Err(why) => refused.set(Some(why)),
        }
    };
    let answers = keep_answered(QueryGroup::LinkComparison, move || {
        state.facing_ask().into_iter().collect()
    });
    let shown = move || {
        answers.with(|answers| match answers.pairs().next() {
            Some((_, Some(QueryResult::LinkComparison(facing)))) => Some(beside(facing).into_any()),
            Some((_, Some(QueryResult::Refused(why)))) => {
                Some(view! { <p class="problem" role="alert">{why.clone()}</p> }.into_any())
            }
            Some(_) => Some(view! { <p class="waiting">"\u{2026}"</p> }.into_any()),
            None => None,
        })
    };
    view! {
        <Section
            id="facing"
            title=tr!("Compare with another link")
            lead=tr!("Paste a second link to compare before and after recalibration, two calibration methods or two networks. The address then contains both.")
            element
        >
            <div class="card">
                <div class="tools">
                    <label class="inline wide">
                        {tr!("The other link ")}
                        <input
                            type="text"
                            node_ref=field
                            autocomplete="off"
                            spellcheck="false"
                            aria-invalid=move || refused.with(Option::is_some).then_some("true")
                            on:keydown=move |e| {
                                if e.key() == "Enter" {
                                    compare();
                                }
                            }
                        />
                    </label>
                    <button class="button" on:click=move |_| compare()>{tr!("Compare")}</button>
                    <Show when=move || state.other_link.with(Option::is_some)>
                        <button class="button" on:click=move |_| state.other_link.set(None)>{tr!("Close the comparison")}</button>
                    </Show>
                </div>
                {move || refused.get().map(|why| view! { <p class="problem" role="alert">{why}</p> })}
                <div class="facing" aria-live="polite">{shown}</div>
            </div>
        </Section>
    }
}

/// Everything of both.
fn beside(facing: &LinkComparison) -> impl IntoView + use<> {
    let reservations = incomparable_texts(facing)
        .into_iter()
        .map(|text| view! { <li>{text}</li> })
        .collect_view();
    let verdicts = facing
        .sides
        .iter()
        .enumerate()
        .filter_map(|(side, own)| {
            let answers = own.answers.clone()?;
            let items = answers
                .into_iter()
                .map(|answer| view! { <li>{answer}</li> })
                .collect_view();
            Some(view! { <div><h4>{heads()[side]}</h4><ol>{items}</ol></div> })
        })
        .collect_view();
    let has_verdicts = facing.sides.iter().any(|side| side.answers.is_some());
    let has_budget = facing.budgets.iter().any(Option::is_some);
    let metrics = link_comparison_lines(facing);
    let how = &facing.sides[0].how;
    let measured = tr!(
        "RMSE of each range on the depths of both, at {} bits; pixels outside: {}.",
        how.bits.get(),
        tr_dynamic(how.policy.name())
    );
    view! {
        {table(tr!("What the two are"), link_comparison_info(facing), false)}
        <ul class="clauses">{reservations}</ul>
        {has_verdicts.then(|| view! { <h3>{tr!("Answers")}</h3> <div class="verdicts">{verdicts}</div> })}
        {(!metrics.is_empty()).then(|| view! {
            <h3>{tr!("Metrics")}</h3>
            {table(tr!("Metrics of both links"), metrics, true)}
        })}
        {has_budget.then(|| view! {
            <h3>{tr!("Where INT8's error comes from, as an RMSE each")}</h3>
            {table(tr!("Error budgets of both links"), piece_lines(facing), false)}
        })}
        <h3>{tr!("Ranges")}</h3>
        <p class="lead">{measured}</p>
        {ranges(range_lines(facing))}
    }
}

fn heads() -> [&'static str; 2] {
    [tr!("This page"), tr!("The other link")]
}

/// A table of both; differences stand where one has them.
fn table(label: &'static str, lines: Vec<LinkComparisonLine>, with_remarks: bool) -> impl IntoView {
    let [first, second] = heads();
    let with_differences = lines.iter().any(|line| !line.difference.is_empty());
    let rows = lines
        .into_iter()
        .map(|line| {
            view! {
                <tr>
                    <th scope="row">{line.name}</th>
                    <td>{line.first}</td>
                    <td>{line.second}</td>
                    {with_differences.then(|| view! { <td class="change">{line.difference}</td> })}
                    {with_remarks.then(|| view! { <td class="verdict-word">{line.remark}</td> })}
                </tr>
            }
        })
        .collect_view();
    view! {
        <PlainTable label=label>
            <thead>
                <tr>
                    <th scope="col"><span class="hidden">{label}</span></th>
                    <th scope="col">{first}</th>
                    <th scope="col">{second}</th>
                    {with_differences.then(|| view! { <th scope="col">{tr!("Other \u{2212} this")}</th> })}
                    {with_remarks.then(|| view! { <th scope="col">{tr!("Changes by INT8")}</th> })}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </PlainTable>
    }
}

fn ranges(lines: Vec<RangeLine>) -> impl IntoView {
    let [first, second] = heads();
    let rows = lines
        .into_iter()
        .map(|line| {
            let [inside_first, inside_second] = line.coverage;
            view! {
                <tr>
                    <th scope="row">{line.rmse.name}</th>
                    <td>{line.rmse.first}</td>
                    <td>{line.rmse.second}</td>
                    <td class="change">{line.rmse.difference}</td>
                    <td>{inside_first}</td>
                    <td>{inside_second}</td>
                    <td class="verdict-word">{line.rmse.remark}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <PlainTable label=tr!("Ranges of both links")>
            <thead>
                <tr>
                    <th scope="col">{tr!("Range")}</th>
                    <th scope="col">{first}</th>
                    <th scope="col">{second}</th>
                    <th scope="col">{tr!("Other \u{2212} this")}</th>
                    <th scope="col">{tr!("Inside, this page")}</th>
                    <th scope="col">{tr!("Inside, other link")}</th>
                    <th scope="col">{tr!("In use")}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </PlainTable>
    }
}
