//! Question 3 for the output alone: other sets of values, side by side and against depth.

mod curves;
mod pieces;
mod table;

use crate::state::{QueryAnswers, QueryGroup, State, keep_answered};
use leptos::html;
use leptos::prelude::*;

use crate::views::ui::section::{Section, near};

use fathom_analysis::{CodeChoice, CodeSize};
use fathom_core::i18n::tr;
use fathom_core::quant::{CodeSpec, Pieces};
use fathom_engine::query::Query;

/// Choices in the sections on codes.
#[derive(Clone, Copy)]
struct Choice {
    /// True if every code gets the same number of values.
    fair: RwSignal<bool>,
    /// The user's pieces.
    pieces: RwSignal<Pieces>,
}

impl Choice {
    fn amount(self, state: State) -> Option<CodeSize> {
        let bits = state.how()?.bits;
        Some(if self.fair.get() {
            CodeSize::Levels(bits.steps() as usize + 1)
        } else {
            CodeSize::Bits(bits)
        })
    }

    /// All codes, with the pieces as they are now.
    fn codes(self, state: State) -> Vec<CodeChoice> {
        let fair = self.fair.get();
        let is_sketch = state.is_sketch();
        CodeChoice::all()
            .into_iter()
            .filter(|choice| !(is_sketch && choice.is_fitted()))
            .filter(|choice| {
                !(fair && matches!(choice, CodeChoice::Given(spec) if spec.is_fixed()))
            })
            .map(|choice| match choice {
                CodeChoice::Given(CodeSpec::Piecewise(_)) => {
                    CodeChoice::Given(CodeSpec::Piecewise(self.pieces.get()))
                }
                other => other,
            })
            .collect()
    }
}

/// The view.
#[component]
pub(super) fn Codes() -> impl IntoView {
    let state = State::here();
    let choice = Choice {
        fair: RwSignal::new(false),
        pieces: state.pieces,
    };
    let element = NodeRef::<html::Section>::new();
    let near = near(element, &[QueryGroup::Codes, QueryGroup::Bound]);
    let wanted = move || {
        let (how, range) = (state.how()?, state.current()?.range);
        let amount = choice.amount(state)?;
        let asks = choice.codes(state).into_iter().map(|code| Query::Code {
            choice: code,
            range,
            amount,
            policy: how.policy,
            eval_min_m: how.eval_min_m,
        });
        near.get().then(|| asks.collect())
    };
    let reports: RwSignal<QueryAnswers> =
        keep_answered(QueryGroup::Codes, move || wanted().unwrap_or_default());
    let bound = keep_answered(QueryGroup::Bound, move || {
        let levels = state
            .how()
            .filter(|_| near.get())
            .map(|how| how.bits.steps() + 1);
        levels
            .map(|levels| vec![Query::PanterDite { levels }])
            .unwrap_or_default()
    });
    view! {
        <Section
            id="codes"
            title=tr!("Other codes for the output")
            lead=tr!("The same number of values, placed in different ways: the error of each code over the range in use, and the lowest error that any code can reach on these depths.")
            theory="codes"
            element
        >
            <table::Table choice reports bound/>
        </Section>
        <pieces::Editor choice/>
        <curves::Curves choice/>
    }
}
