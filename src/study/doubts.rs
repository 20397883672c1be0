//! What is understood of a set of maps, before a network is judged by it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;

use super::state::{State, with_set};
use super::wish;
use crate::bridge::Wish;
use fathom_analysis::understanding::{
    FrameSample, Repair, RepairFit, RoleRepair, SetSample, Understanding,
};
use fathom_engine::{EvidenceKind, FitOrder, SetDoubts, TakenRepair, question_kind};

thread_local! {
    /// The samples of the frames of the set, by place.
    static SAMPLES: RefCell<BTreeMap<u32, FrameSample>> = const { RefCell::new(BTreeMap::new()) };
    /// Repairs whose numbers are being fitted, and the sums so far.
    static FITTED: RefCell<Option<(Vec<TakenRepair>, Option<RepairFit>)>> = const { RefCell::new(None) };
}

/// What is understood of the set.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Examined {
    /// There are no files.
    #[default]
    Nothing,
    /// Its maps are being sampled.
    Underway,
    /// All maps are sampled.
    Found(Arc<Understanding>),
}

impl Examined {
    /// What was found in the set; `None` while it is sampled.
    pub(super) fn doubts(&self, settled: &[EvidenceKind]) -> Option<SetDoubts> {
        let unsettled = with_set(|set| set.unsettled.clone()).flatten();
        let doubts = |found: &_| SetDoubts::new(found, settled, unsettled.as_ref());
        match self {
            Self::Nothing => Some(doubts(&Understanding::default())),
            Self::Underway => None,
            Self::Found(found) => Some(doubts(found)),
        }
    }
}

/// Forgets the samples of another set.
pub(super) fn forget_samples() {
    SAMPLES.take();
}

/// The fit that frames are asked for.
pub(super) fn fit_order() -> Option<FitOrder> {
    FITTED.with_borrow(|fitted| {
        let (repairs, _) = fitted.as_ref()?;
        let repairs: Vec<RoleRepair> = repairs.iter().map(|taken| taken.repair).collect();
        FitOrder::new(&repairs)
    })
}

/// Adds the sums of a frame.
pub(super) fn take_fit(own: Option<RepairFit>) {
    FITTED.with_borrow_mut(|fitted| {
        if let (Some((_, sums)), Some(own)) = (fitted, own) {
            match sums {
                Some(sums) => sums.merge(&own),
                None => *sums = Some(own),
            }
        }
    });
}

/// Sends the page the repairs with the numbers that all frames gave.
fn finish_fit() {
    let Some((mut repairs, sums)) = FITTED.take() else {
        return;
    };
    if let Some(fitted) = sums.and_then(|sums| sums.repair()) {
        let is_fitted = |r: &Repair| RepairFit::new(*r).is_some();
        for taken in repairs.iter_mut().filter(|t| is_fitted(&t.repair.repair)) {
            taken.repair.repair = fitted;
            taken.caption = fitted.caption();
        }
    }
    wish(&Wish::Fitted(repairs));
}

/// Tells the page what was found in the set, whenever that changes.
pub(super) fn sync_doubts(state: State) {
    Effect::new(move |_| wish(&Wish::Understood(state.doubts.get().map(Box::new))));
}

impl State {
    /// Takes the sample of a frame; the last of `all` completes the understanding.
    pub(super) fn take_sample(self, frame: u32, sample: FrameSample, all: usize) {
        let is_complete = SAMPLES.with_borrow_mut(|samples| {
            samples.insert(frame, sample);
            samples.len() == all
        });
        if is_complete {
            let frames = SAMPLES.take().into_values();
            let roles = with_set(|set| set.roles.clone()).unwrap_or_default();
            let found = Understanding::new(&SetSample::new(roles, frames));
            self.examined.set(Examined::Found(Arc::new(found)));
            finish_fit();
        }
    }

    /// Fits the numbers of repairs on all pixels, if they have any.
    pub(super) fn fit(self, repairs: Vec<TakenRepair>) {
        FITTED.set(Some((repairs, None)));
        if fit_order().is_some() {
            self.compare_again();
        } else {
            finish_fit();
        }
    }

    /// The question about the set is answered: it is right as it is.
    pub(super) fn keep_as_is(self) {
        let question = self.examined.with_untracked(|examined| match examined {
            Examined::Found(found) => question_kind(found),
            Examined::Nothing | Examined::Underway => None,
        });
        if let Some(kind) = question {
            self.settled.update(|settled| settled.push(kind));
        }
    }
}
