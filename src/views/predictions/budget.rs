//! The error budget: a waterfall whose pieces add up, theory beside it, and `q` in the words of toolchains.

use crate::state::State;
use std::sync::Arc;

use leptos::prelude::*;

use crate::views::ui::chart::NARROW_PX;
use crate::views::ui::drawn::{Draw, Drawn, Picture};
use crate::views::ui::heading::Heading;
use crate::views::ui::section::{Facts, Fold, theory_at};
use crate::views::ui::table::PlainTable;
use fathom_analysis::compare::{Budget, GridQuantity, RmsePredictions};
use fathom_core::i18n::tr;
use fathom_plot::charts::{budget_lines, prediction_values, signal_values};
use fathom_plot::{BudgetBar, BudgetInput};

/// Height of the chart until it has its own, in CSS pixels.
const TALL_PX: f64 = 420.0;

#[component]
pub(super) fn BudgetSection() -> impl IntoView {
    let state = State::here();
    let budget = Memo::new(move |_| state.budget());
    // The step of theory: that of INT8's own grid, else of the range in use.
    let step = Memo::new(move |_| {
        let own = state.practice.with(|p| {
            p.merged()
                .grid()
                .ok()
                .map(|grid| (grid.rms_step_m, grid.quantity))
        });
        own.or_else(|| {
            let linked_m = state.shared_now().and_then(|link| link.compared().step_m);
            let step_m = linked_m.or_else(|| {
                let (range, how) = (state.current()?.range, state.how()?);
                Some(range.step_m(how.bits))
            })?;
            Some((step_m, GridQuantity::Depth))
        })
    });
    let predictions = move || -> Option<(Budget, RmsePredictions, (f64, GridQuantity))> {
        let (budget, step) = (budget.get()?, step.get()?);
        Some((budget, budget.predictions(step.0), step))
    };
    let draw: Draw = Arc::new(move |width, _, at| {
        let budget = budget.get()?;
        let theory = predictions().map(|p| p.1);
        // A narrow chart leaves them to the figures below it.
        let theory = theory.filter(|_| width >= NARROW_PX);
        let bar = BudgetBar::new(width, BudgetInput::new(&budget, theory.as_ref()));
        Some(Picture {
            scene: bar.scene(),
            readout: at.and_then(|(x, y)| Some(bar.at(x, y)?.text())),
        })
    });
    let summary = Signal::derive(move || {
        BudgetInput::new(&budget.get()?, predictions().map(|p| p.1).as_ref()).summary()
    });
    let rows = move || {
        budget.get().map(|budget| {
            budget_lines(&budget)
                .into_iter()
                .map(|line| {
                    view! {
                        <tr>
                            <th scope="row">{line.name}</th>
                            <td>{line.length}</td>
                            <td>{line.share}</td>
                            <td>{line.share_of_q}</td>
                            <td class="sentence">{line.sentence}</td>
                        </tr>
                    }
                })
                .collect_view()
        })
    };
    view! {
        <section class="panel" id="budget" aria-labelledby="budget-title">
            <Heading id="budget-title" title=tr!("Where INT8's error comes from")/>
            <p class="lead">
                {tr!("The squared error of INT8 against ground truth, split into terms that add up exactly. Theory predicts the output code alone; the rest is bias, slope and noise from inside the network. ")}
                <a class="theory" href=theory_at("the-error-budget") target="_blank" rel="noopener">{tr!("Why?")}</a>
            </p>
            <div class="card">
                <Drawn title=tr!("Error budget") draw summary tall=TALL_PX/>
                <Fold title=tr!("The terms as a table, and the prediction by theory")>
                <PlainTable label=tr!("Error budget")>
                    <thead>
                        <tr>
                            <th scope="col">{tr!("Piece")}</th>
                            <th scope="col">{tr!("as an RMSE")}</th>
                            <th scope="col">{tr!("of INT8's squared error")}</th>
                            <th scope="col">{tr!("of quantization")}</th>
                            <th scope="col" class="sentence">{tr!("What it is")}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </PlainTable>
                <h3>{tr!("Prediction by theory")}</h3>
                {move || predictions().map(|(budget, theory, step)| {
                    view! { <Facts facts=prediction_values(&budget, &theory, step)/> }
                })}
                <h3>{tr!("INT8 \u{2212} FP32 as a signal")}</h3>
                {move || budget.get().map(|budget| view! { <Facts facts=signal_values(&budget)/> })}
                </Fold>
            </div>
        </section>
    }
}
