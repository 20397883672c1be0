//! By depth: where between near and far the error lies.

use crate::state::State;
use leptos::prelude::*;

use crate::views::ui::heading::Heading;
use crate::views::ui::line::LinePlot;
use crate::views::ui::table::PlainTable;
use fathom_analysis::compare::Evidence;
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_plot::LineInput;
use fathom_plot::charts::{DepthError, band_edges, band_name, depth_errors};

/// Height of a chart in a wide panel, in CSS pixels.
const TALL_PX: f64 = 260.0;

#[component]
pub(super) fn Bands() -> impl IntoView {
    let state = State::here();
    let chart = move |error: DepthError| {
        Signal::derive(move || -> Option<LineInput> {
            state.practice.with(|p| {
                let curve = &p.merged().curve;
                (!curve.bins().is_empty()).then(|| depth_errors(curve, error))
            })
        })
    };
    let (f, q) = (chart(DepthError::Fp32), chart(DepthError::Quantization));
    let has_truth = move || super::evidence(state).is_some_and(Evidence::has_ground_truth);
    let has_both = move || super::evidence(state).is_some_and(Evidence::has_both);
    let rows = move || {
        let edges = state.band_edges_m.get();
        let bands = state.practice.with(|p| p.merged().bands.bands(&edges));
        bands
            .into_iter()
            .map(|band| {
                let length = |v: Option<f64>| v.map_or(units::MISSING.to_owned(), units::length);
                view! {
                    <tr>
                        <th scope="row">{band_name(&band)}</th>
                        <td>{units::share(band.share)}</td>
                        <td>{length(band.f.bias_m())}</td>
                        <td>{length(band.f.rms_m())}</td>
                        <td>{length(band.q.bias_m())}</td>
                        <td>{length(band.q.rms_m())}</td>
                        <td>{length(band.total.rms_m())}</td>
                        <td>{units::share(band.share_of_q)}</td>
                        <td>{units::share(band.share_of_total)}</td>
                    </tr>
                }
            })
            .collect_view()
    };
    let problem = RwSignal::new(None::<String>);
    let edit = move |event| match band_edges(&event_target_value(&event)) {
        Ok(edges) => {
            problem.set(None);
            state.band_edges_m.set(edges);
            state.compare_again();
        }
        Err(why) => problem.set(Some(why)),
    };
    let typed = move || {
        let edges: Vec<String> = state
            .band_edges_m
            .get()
            .iter()
            .map(|e| units::depth_number(*e))
            .collect();
        edges.join(", ")
    };
    view! {
        <section class="panel" id="bands" aria-labelledby="bands-title">
            <Heading id="bands-title" title=tr!("By depth")/>
            <p class="lead">{tr!("Mean error by depth with the interval of 90 % of the pixels, and the share of each depth band in the squared error.")}</p>
            <div class="pair even row">
                <Show when=has_truth>
                    <div class="card">
                        <h3>{move || if has_both() { tr!("FP32 \u{2212} ground truth") } else { tr!("Prediction \u{2212} ground truth") }}</h3>
                        <LinePlot title=tr!("Error of the prediction against depth") input=f tall=TALL_PX pointed=state.pointed_m/>
                    </div>
                </Show>
                <Show when=has_both>
                    <div class="card">
                        <h3>{tr!("INT8 \u{2212} FP32")}</h3>
                        <LinePlot title=tr!("Error of quantization against depth") input=q tall=TALL_PX pointed=state.pointed_m/>
                    </div>
                </Show>
            </div>
            <div class="card below">
                <label class="inline">
                    {tr!("Edges between bands, in metres ")}
                    <input type="text" class="product" prop:value=typed on:change=edit aria-invalid=move || problem.with(|p| p.is_some().then_some("true"))/>
                </label>
                {move || problem.get().map(|why| view! { <small class="problem" role="alert">{why}</small> })}
                <PlainTable label=tr!("Errors by depth band")>
                    <thead>
                        <tr>
                            <th scope="col">{tr!("Depth")}</th>
                            <th scope="col">{tr!("Pixels")}</th>
                            <th scope="col">{tr!("FP32 bias")}</th>
                            <th scope="col">{tr!("FP32 RMSE")}</th>
                            <th scope="col">{tr!("INT8 \u{2212} FP32 bias")}</th>
                            <th scope="col">{tr!("its RMS")}</th>
                            <th scope="col">{tr!("INT8 RMSE")}</th>
                            <th scope="col">{tr!("of all quantization")}</th>
                            <th scope="col">{tr!("of all of INT8's squared error")}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </PlainTable>
            </div>
        </section>
    }
}
