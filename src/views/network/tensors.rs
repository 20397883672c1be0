//! The tensors of the layer that is open: figures over all frames, and the values of one frame.

use leptos::prelude::*;

use crate::state::State;
use crate::views::ui::line::LinePlot;
use crate::views::ui::section::Facts;
use fathom_core::i18n::tr;
use fathom_engine::network::TensorPicture;
use fathom_plot::charts::{LabelledValue, channels_chart, tensor_chart};
use fathom_report::network::TensorRow;

/// Height of the charts in a wide panel, in CSS pixels.
const TALL_PX: f64 = 220.0;

/// One tensor of the layer, and a list of its others.
#[component]
pub(super) fn Tensors(rows: Vec<TensorRow>) -> impl IntoView {
    let network = State::here().network;
    let shown = RwSignal::new(0);
    let several = rows.len() > 1;
    let choose = move |event| {
        if let Ok(place) = event_target_value(&event).parse() {
            shown.set(place);
        }
    };
    let rows = StoredValue::new(rows);
    let options = move || {
        rows.with_value(|rows| {
            let option = |(place, row): (usize, &TensorRow)| {
                let name = format!("{} ({})", row.name, row.kind);
                view! { <option value=place.to_string()>{name}</option> }
            };
            rows.iter().enumerate().map(option).collect_view()
        })
    };
    let row = Memo::new(move |_| rows.with_value(|rows| rows.get(shown.get()).cloned()));
    let values = Memo::new(move |_| -> Option<TensorPicture> {
        let (picture, row) = (network.picture.get()?, row.get()?);
        let mut tensors = picture.tensors.iter();
        tensors.find(|own| own.quantizer == row.quantizer).cloned()
    });
    let histogram = Signal::derive(move || {
        let (values, row) = (values.get()?, row.get()?);
        Some(tensor_chart(values.ends, &values.counts, row.ends))
    });
    let channels = Signal::derive(move || Some(channels_chart(&values.get()?.channels)));
    let has_channels = Memo::new(move |_| {
        values.with(|values| values.as_ref().is_some_and(|own| own.channels.len() > 1))
    });
    let facts = move || {
        row.get()
            .map(|row| view! { <Facts facts=facts(row, several)/> })
    };
    view! {
        <Show when=move || row.with(Option::is_some)>
            <div class="layer-tensors">
                <Show when=move || several>
                    <label class="inline">{tr!("Tensor")} " " <select on:change=choose>{options}</select></label>
                </Show>
                {facts}
                <LinePlot title=tr!("Values of the tensor, floating-point run") input=histogram tall=TALL_PX/>
                <Show when=move || has_channels.get()>
                    <LinePlot title=tr!("Channels of the weight") input=channels tall=TALL_PX/>
                </Show>
            </div>
        </Show>
    }
}

/// The figures of a tensor. A list of several tensors has their names.
fn facts(row: TensorRow, several: bool) -> Vec<LabelledValue> {
    let fact = |name: &'static str, value: String, meaning: String| LabelledValue {
        name,
        value,
        meaning,
    };
    let unit = tr!("in the unit of the tensor").to_owned();
    let name = (!several).then(|| fact(tr!("Tensor"), row.name, row.kind));
    let figures = [
        fact(tr!("Range of the codes"), row.range, unit.clone()),
        fact(tr!("Smallest and largest value"), row.seen, unit),
        fact(tr!("Clipped"), row.clipped, String::new()),
        fact(tr!("Codes used"), row.codes, String::new()),
    ];
    name.into_iter().chain(figures).collect()
}
