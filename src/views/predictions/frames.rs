//! By frame: the strip in the order of the set, the list worst first. A press opens the maps.

use crate::state::State;
use std::sync::Arc;

use crate::views::ui::drawn::{Draw, Drawn, Picture};
use crate::views::ui::heading::Heading;
use crate::views::ui::section::Fold;
use crate::views::ui::table::PlainTable;
use fathom_analysis::compare::ComparedFrame;
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_plot::charts::FrameOrder;
use fathom_plot::{FrameStrip, summary_text};
use leptos::prelude::*;

/// Height of the strip in a wide panel, in CSS pixels.
const TALL_PX: f64 = 190.0;

/// Rows of the list that are shown at first.
const FIRST_ROWS: usize = 5;

#[component]
pub(super) fn FramesSection() -> impl IntoView {
    let state = State::here();
    let order = RwSignal::new(FrameOrder::Change);
    let all = RwSignal::new(false);
    let sorted = Memo::new(move |_| {
        let order = order.get();
        state.practice.with(|p| order.sorted(p.rows()))
    });
    let looked = Memo::new(move |_| sorted.with(|rows| state.looked_row(rows)));
    let pointed = StoredValue::new(None::<usize>);
    let draw: Draw = Arc::new(move |width, height, at| {
        let frames = state.practice.with(|p| p.rows().to_vec());
        if frames.is_empty() {
            return None;
        }
        let strip = FrameStrip::new(width, height, frames);
        let hit = at.and_then(|(x, y)| strip.hit(x, y));
        pointed.set_value(hit);
        Some(Picture {
            scene: strip.scene(hit.or(looked.get())),
            readout: hit.and_then(|frame| Some(strip.readout(frame)?.text())),
        })
    });
    let open = move |_| {
        let name = pointed.get_value().and_then(|frame| {
            sorted.with_untracked(|rows| {
                let row = rows.iter().find(|row| row.row.frame == frame)?;
                Some(row.name.clone())
            })
        });
        if let Some(name) = name {
            state.show(&name);
        }
    };
    let summary = Signal::derive(move || {
        let frames = state.practice.with(|p| p.rows().to_vec());
        summary_text(&FrameStrip::new(0.0, 0.0, frames).summary())
    });
    let head = move |own: FrameOrder, text: &'static str| {
        let direction = if own == FrameOrder::Sequence {
            "ascending"
        } else {
            "descending"
        };
        view! {
            <th scope="col" aria-sort=move || if order.get() == own { direction } else { "none" }>
                <button class="sort" on:click=move |_| order.set(own)>{text}</button>
            </th>
        }
    };
    let rows = move || {
        let most = if all.get() { usize::MAX } else { FIRST_ROWS };
        sorted.with(|rows| {
            let looked = state.looked_row(rows);
            let rows = rows.iter().take(most).cloned();
            rows.map(|own| {
                let is_looked_at = looked == Some(own.row.frame);
                row(own, is_looked_at)
            })
            .collect_view()
        })
    };
    let more = move || sorted.with(|rows| rows.len() > FIRST_ROWS) && !all.get();
    view! {
        <section class="panel" id="frames" aria-labelledby="frames-title">
            <Heading id="frames-title" title=tr!("By frame")/>
            <p class="lead">{tr!("RMSE of FP32 and INT8 per frame. Press a bar to see its maps.")}</p>
            <div class="card">
                <Drawn title=tr!("RMSE per frame") draw summary tall=TALL_PX click=open/>
                <Fold title=tr!("The same as a table") on_phone=true>
                <PlainTable label=tr!("Frames") long=true>
                    <thead>
                        <tr>
                            {head(FrameOrder::Sequence, tr!("Frame"))}
                            {head(FrameOrder::Fp32, tr!("FP32 RMSE"))}
                            {head(FrameOrder::Int8, tr!("INT8 RMSE"))}
                            {head(FrameOrder::Change, tr!("Change"))}
                            {head(FrameOrder::Quantization, tr!("RMS of INT8 \u{2212} FP32"))}
                            {head(FrameOrder::Bias, tr!("its mean"))}
                            {head(FrameOrder::Banding, tr!("Banding"))}
                            {head(FrameOrder::Checkerboard, tr!("Checkerboard"))}
                            <th scope="col"><span class="hidden">{tr!("Look")}</span></th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </PlainTable>
                <Show when=more>
                    <button class="button small" on:click=move |_| all.set(true)>
                        {move || tr!("Show all {}", units::counted(sorted.with(Vec::len), units::Noun::Frame))}
                    </button>
                </Show>
                </Fold>
            </div>
        </section>
    }
}

fn row(row: ComparedFrame, is_looked_at: bool) -> impl IntoView {
    let ComparedFrame { name, row, .. } = row;
    let share = |v: Option<f64>| v.map_or(units::MISSING.to_owned(), units::share);
    let ratio = |v: Option<f64>| v.map_or(units::MISSING.to_owned(), units::ratio);
    let state = State::here();
    let frame = name.clone();
    view! {
        <tr class:current=is_looked_at>
            <th scope="row">{name}</th>
            <td>{units::length(row.rmse_fp32_m)}</td>
            <td>{units::length(row.rmse_int8_m)}</td>
            <td>{units::length(row.change_m())}</td>
            <td>{units::length(row.rms_q_m)}</td>
            <td>{units::length(row.bias_m)}</td>
            <td>{share(row.artefacts.banding)}</td>
            <td>{ratio(row.artefacts.checkerboard)}</td>
            <td>
                <button class="plain-link" on:click=move |_| state.show(&frame)>{tr!("Look")}</button>
            </td>
        </tr>
    }
}
