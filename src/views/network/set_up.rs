//! Models, images and settings of a study, its cost, and the button that begins it.

use leptos::prelude::*;

use crate::actions;
use crate::browser::network_pool::worker_count;
use crate::state::{NetworkPhase, State};
use crate::views::ui::heading::Heading;
use fathom_core::i18n::tr;
use fathom_core::units;
use fathom_engine::network::{
    ModelSummary, NetworkFile, NetworkFileKind, NetworkSettings, StudyState,
};
use fathom_report::network::quantity_words;

/// Quantities that are offered for the output.
const QUANTITIES: [&str; 7] = [
    "metres",
    "millimetres",
    "inverse",
    "log",
    "scaled:20",
    "scaled:80",
    "disparity:0.01,9.99",
];

/// Schemes that are offered for the network's own quantization.
const SCHEMES: [&str; 3] = [
    "weights=per-tensor",
    "calibrator=percentile-99.9",
    "activation-bits=16",
];

/// The section.
#[component]
pub(super) fn SetUp() -> impl IntoView {
    let state = State::here();
    let study = move || state.network.study.get();
    let is_preparing = move || state.network.phase.get() == NetworkPhase::Preparing;
    view! {
        <section class="panel" id="network-files" aria-labelledby="network-files-title" aria-busy=move || is_preparing().to_string()>
            <Heading id="network-files-title" title=tr!("Models and images")/>
            <div class="card">
                <Show when=move || study().is_none() && is_preparing()>
                    <p class="waiting">{tr!("Models are read.")}</p>
                </Show>
                <Files/>
                <Fields/>
                {move || study().and_then(|study| question(state, &study))}
                <Start/>
            </div>
        </section>
    }
}

/// The models in use, and the inputs made of the images.
#[component]
fn Files() -> impl IntoView {
    let state = State::here();
    let study = state.network.study;
    let ready = Memo::new(move |_| study.get()?.ready.clone());
    let scheme = move || {
        let ready = ready.get().filter(|ready| !ready.scheme.is_empty())?;
        let text = tr!(
            "none: Fathom quantizes the network itself, with ranges from {}",
            units::counted(ready.calibration as usize, units::Noun::Frame)
        );
        Some(fact("INT8", text, ready.scheme))
    };
    let frames = move || {
        let ready = ready.get()?;
        let frames = units::counted(ready.frames.len(), units::Noun::Frame);
        let truth = match (ready.truths, ready.frames.len()) {
            (0, _) => tr!("no ground truth").to_owned(),
            (some, all) if some as usize == all => tr!("all with ground truth").to_owned(),
            (some, _) => tr!("{some} with ground truth", some),
        };
        let size = tr!(
            "input of {height} x {width} (height x width)",
            height = ready.input.0,
            width = ready.input.1
        );
        let size = match ready.left_out {
            Some(left_out) => format!("{size}. {left_out}"),
            None => size,
        };
        Some(fact(tr!("Images"), format!("{frames}, {truth}"), size))
    };
    let output = move || {
        let ready = ready.get()?;
        let text = tr!(
            "{output} as {quantity}",
            output = ready.output,
            quantity = quantity_words(&ready.quantity)
        );
        Some(fact(tr!("Output"), text, ready.reasons.join(" ")))
    };
    let network = move || {
        let ready = ready.get()?;
        let text = tr!(
            "{layers}, {quantizers} quantizers, {parameters} parameters",
            layers = units::counted(ready.layers as usize, units::Noun::Layer),
            quantizers = units::count(f64::from(ready.quantizers)),
            parameters = units::count(ready.parameters)
        );
        Some(fact(tr!("Network"), text, String::new()))
    };
    let encodings = move || {
        let name = encodings(state)?;
        Some(fact("INT8", name, tr!("encodings of AIMET").to_owned()))
    };
    view! {
        <dl class="facts">
            <Model role="FP32" is_int8=false/>
            <Model role="INT8" is_int8=true/>
            {encodings}
            {scheme}
            {frames}
            {output}
            {network}
        </dl>
    }
}

fn fact(name: &'static str, text: String, about: String) -> impl IntoView {
    view! { <div><dt>{name}</dt><dd>{text} " " <small>{about}</small></dd></div> }
}

/// The model of a role: a list to choose from where there are several. The list stays while the study is made anew, and keeps the focus.
#[component]
fn Model(role: &'static str, is_int8: bool) -> impl IntoView {
    let state = State::here();
    let study = state.network.study;
    let models = Memo::new(move |_| {
        let study = study.get()?;
        let models = study.models.iter().filter(|model| model.is_int8 == is_int8);
        Some(models.cloned().collect::<Vec<_>>())
    });
    let chosen = Memo::new(move |_| {
        let study = study.get()?;
        let name = if is_int8 { &study.int8 } else { &study.fp32 };
        name.clone()
    });
    let own = move || {
        let models = models.get()?;
        models
            .into_iter()
            .find(|model| Some(&model.name) == chosen.get().as_ref())
    };
    let choose = move |event| {
        let name = event_target_value(&event);
        state.network.settings.update(|settings| {
            if is_int8 {
                settings.int8 = name;
            } else {
                settings.fp32 = name;
            }
        });
    };
    let name = move || match models.get() {
        Some(models) if models.len() > 1 => {
            let option = |model: ModelSummary| {
                let (name, value) = (model.name.clone(), model.name.clone());
                let is_own = move || chosen.get().as_ref() == Some(&model.name);
                view! { <option value=value prop:selected=is_own>{name}</option> }
            };
            let options = models.into_iter().map(option).collect_view();
            view! { <select aria-label=role on:change=choose>{options}</select> }.into_any()
        }
        _ => view! { {move || own().map(|model| model.name)} }.into_any(),
    };
    let has_model = Memo::new(move |_| own().is_some());
    view! {
        <Show when=move || has_model.get()>
            <div><dt>{role}</dt><dd>{name} " " <small>{move || own().map(|model| model.about)}</small></dd></div>
        </Show>
    }
}

/// Name of the file with encodings.
fn encodings(state: State) -> Option<String> {
    let is_encodings = |file: &&NetworkFile| file.kind == NetworkFileKind::Encodings;
    let files = state.network.files;
    files.with(|files| Some(files.iter().find(is_encodings)?.name.clone()))
}

/// The settings that a reader can change. Empty ones are guessed.
#[component]
fn Fields() -> impl IntoView {
    let state = State::here();
    let study = move || state.network.study.get();
    let ready = move || study().and_then(|study| study.ready.clone());
    let presets = move || {
        study()
            .map(|study| study.presets.clone())
            .unwrap_or_default()
    };
    let is_here =
        move || study().is_some_and(|study| study.int8.is_none()) && encodings(state).is_none();
    let outputs = move || ready().map(|ready| ready.outputs).unwrap_or_default();
    // It opens where a setting may be wrong, and does not close under the reader's hands.
    let is_needed = Memo::new(move |was: Option<&bool>| {
        was == Some(&true) || (ready().is_none() && study().is_some())
    });
    let own =
        |all: &'static [&'static str]| move || all.iter().map(|&one| one.to_owned()).collect();
    view! {
        <details class="fold network-fields" open=move || is_needed.get()>
            <summary>{tr!("Preprocessing, output and frames")}</summary>
            <div class="tools">
                <Field
                    label=tr!("Preprocessing")
                    list="network-presets"
                    values=Signal::derive(presets)
                    guess=Signal::derive(move || ready().map(|ready| ready.preprocessing).unwrap_or_default())
                    get=|settings| settings.preprocess.clone()
                    set=|settings, text| settings.preprocess = text
                />
                <Field
                    label=tr!("Output is")
                    list="network-quantities"
                    values=Signal::derive(own(&QUANTITIES))
                    guess=Signal::derive(move || ready().map(|ready| ready.quantity).unwrap_or_default())
                    get=|settings| settings.output.clone()
                    set=|settings, text| settings.output = text
                />
                <Show when=move || { outputs().len() > 1 }>
                    <Field
                        label=tr!("Output")
                        list="network-outputs"
                        values=Signal::derive(outputs)
                        guess=Signal::derive(move || ready().map(|ready| ready.output).unwrap_or_default())
                        get=|settings| settings.output_name.clone()
                        set=|settings, text| settings.output_name = text
                    />
                </Show>
                <Show when=is_here>
                    <Field
                        label=tr!("Quantization")
                        list="network-schemes"
                        values=Signal::derive(own(&SCHEMES))
                        guess=Signal::derive(move || ready().map(|ready| ready.scheme).unwrap_or_default())
                        get=|settings| settings.quantize.clone()
                        set=|settings, text| settings.quantize = text
                    />
                </Show>
                <Field
                    label=tr!("Further inputs")
                    list="network-inputs"
                    values=Signal::derive(Vec::new)
                    guess=Signal::derive(|| "name=1,2,3".to_owned())
                    get=|settings| settings.inputs.clone()
                    set=|settings, text| settings.inputs = text
                />
                <Field
                    label=tr!("Most frames")
                    list="network-frames"
                    values=Signal::derive(Vec::new)
                    guess=Signal::derive(String::new)
                    get=|settings| settings.frames.to_string()
                    set=|settings, text| {
                        if let Some(frames) = text.parse().ok().filter(|&frames| frames > 0) {
                            settings.frames = frames;
                        }
                    }
                />
            </div>
        </details>
    }
}

/// A text field that offers values, with the guess in its place while it is empty.
#[component]
fn Field(
    label: &'static str,
    /// Identifier of the list of values.
    list: &'static str,
    values: Signal<Vec<String>>,
    guess: Signal<String>,
    get: fn(&NetworkSettings) -> String,
    set: fn(&mut NetworkSettings, String),
) -> impl IntoView {
    let state = State::here();
    let options = move || {
        let values = values.get().into_iter();
        values
            .map(|value| view! { <option value=value></option> })
            .collect_view()
    };
    let change = move |event| {
        let text = event_target_value(&event).trim().to_owned();
        state
            .network
            .settings
            .update(|settings| set(settings, text));
    };
    view! {
        <label class="inline wide">
            {label}
            <input
                type="text"
                autocomplete="off"
                spellcheck="false"
                list=list
                placeholder=move || guess.get()
                prop:value=move || state.network.settings.with(get)
                on:change=change
            />
            <datalist id=list>{options}</datalist>
        </label>
    }
}

/// Asks for missing files, or for the quantity of the output where the guess is doubtful.
fn question(state: State, study: &StudyState) -> Option<AnyView> {
    if let Some(problem) = &study.problem {
        let class = if problem.is_question {
            "notice warning"
        } else {
            "notice error"
        };
        return Some(view! { <p class=class role="status">{problem.text.clone()}</p> }.into_any());
    }
    let ready = study.ready.as_ref().filter(|ready| !ready.is_certain)?;
    let answers = QUANTITIES
        .iter()
        .take(3)
        .chain(QUANTITIES.last())
        .map(|&quantity| {
            let choose = move |_| {
                let settings = state.network.settings;
                settings.update(|settings| settings.output = quantity.to_owned());
            };
            view! { <button class="button" on:click=choose>{quantity_words(quantity)}</button> }
        })
        .collect_view();
    let text = tr!(
        "What does the output {output} hold? Assumed: {quantity}.",
        output = ready.output,
        quantity = quantity_words(&ready.quantity)
    );
    Some(
        view! {
            <div class="notice warning question-bar" role="status">
                <span>{text}</span>
                <span class="answers">{answers}</span>
            </div>
        }
        .into_any(),
    )
}

/// The cost, and the button that begins.
#[component]
fn Start() -> impl IntoView {
    let state = State::here();
    let cost = move || {
        let study = state.network.study.get()?;
        let ready = study.ready.as_ref()?;
        (state.network.phase.get() != NetworkPhase::Preparing)
            .then(|| ready.cost.of_ranking(worker_count()))
    };
    let is_off = move || cost().is_none() || state.network.phase.get() == NetworkPhase::Measuring;
    view! {
        <p class="foot">{cost}</p>
        <div class="tools">
            <button class="button primary" disabled=is_off on:click=move |_| actions::begin_study(state)>
                {tr!("Measure the layers")}
            </button>
            <button class="button" on:click=move |_| actions::drop_network(state)>{tr!("Remove the network")}</button>
        </div>
    }
}
