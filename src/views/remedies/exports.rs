//! Exports: the report in its forms, the range for a toolchain, a script to check it.

use super::link_card::LinkCard;
use crate::actions::export;
use crate::browser::dom;
use crate::state::{QueryGroup, ReportForm, State, keep_answered};
use crate::views::ui::choose::Choose;
use crate::views::ui::icon::Glyph;
use crate::views::ui::section::Section;
use fathom_analysis::{CodeChoice, CodeSize};
use fathom_core::i18n::{msgid, tr, tr_dynamic};
use fathom_core::quant::{CodeKind, CodeSpec};
use fathom_core::units;
use fathom_engine::query::{Query, QueryResult};
use fathom_report::export::{Tool, snippet};
use icondata_core::Icon as IconData;
use icondata_lu::{
    LuCopy, LuFileChartColumn, LuFileCode, LuFileJson, LuFileSpreadsheet, LuFileText,
};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// A form with what it is for.
#[derive(Clone, Copy)]
pub(in crate::views) struct Offer {
    pub(in crate::views) form: ReportForm,
    icon: IconData,
    pub(in crate::views) name: &'static str,
    purpose: &'static str,
}

/// The forms in the order they are offered.
pub(in crate::views) static OFFERS: [Offer; 5] = [
    Offer {
        form: ReportForm::Html,
        icon: LuFileChartColumn,
        name: msgid("Report with charts"),
        purpose: msgid(
            "For a design review: one HTML file with answers, charts and tables. It needs no network.",
        ),
    },
    Offer {
        form: ReportForm::Markdown,
        icon: LuFileText,
        name: msgid("Markdown"),
        purpose: msgid("For a wiki or an issue: answers and tables as text, without charts."),
    },
    Offer {
        form: ReportForm::Tables,
        icon: LuFileSpreadsheet,
        name: msgid("All tables"),
        purpose: msgid(
            "For a spreadsheet: a ZIP of CSV files, one per table, with every digit and its unit.",
        ),
    },
    Offer {
        form: ReportForm::Json,
        icon: LuFileJson,
        name: "report.json",
        purpose: msgid(
            "For a pipeline: every figure, documented in docs/REPORT.md with a JSON Schema.",
        ),
    },
    Offer {
        form: ReportForm::Script,
        icon: LuFileCode,
        name: msgid("Python script"),
        purpose: msgid(
            "To check it yourself: numpy recomputes the headline figures from your own files.",
        ),
    },
];

/// The section.
#[component]
pub(super) fn Exports() -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Section>::new();
    let is_busy = move || state.wanted.with(Option::is_some);
    let offers = OFFERS
        .into_iter()
        .map(|offer| {
            let Offer {
                form,
                icon,
                name,
                purpose,
            } = offer;
            let waits = move || state.wanted.get() == Some(form);
            view! {
                <li>
                    <button
                        class="button"
                        disabled=is_busy
                        aria-busy=move || waits().to_string()
                        on:click=move |_| export(state, form)
                    >
                        <Glyph icon/>
                        {tr_dynamic(name)}
                    </button>
                    <span>{tr_dynamic(purpose)}</span>
                </li>
            }
        })
        .collect_view();
    let progress = move || {
        let form = state.wanted.get()?;
        let (done, all) = state.prepared.get();
        Some(view! {
            <p class="preparing">
                {tr!("Preparing {}: {} of {} answers. ", form.file_name(), units::count(done as f64), units::count(all as f64))}
                <progress max=all.to_string() value=done.to_string()></progress>
                <button class="plain-link" on:click=move |_| export::cancel(state)>{tr!("Cancel")}</button>
            </p>
        })
    };
    view! {
        <Section
            id="exports"
            title=tr!("Export")
            lead=tr!("All exports are made in this browser. Nothing is sent.")
            element
        >
            <div class="card">
                <ul class="offers">{offers}</ul>
                <label class="marker">
                    <input
                        type="checkbox"
                        prop:checked=move || state.searches_wanted.get()
                        on:change=move |e| state.searches_wanted.set(event_target_checked(&e))
                    />
                    <span>{tr!("Complete report, with the best range over both ends (takes longer)")}</span>
                </label>
                <div class="preparing-place" role="status">{progress}</div>
            </div>
            <LinkCard/>
            <Snippets/>
        </Section>
    }
}

/// The range in use, in the words of a toolchain.
#[component]
fn Snippets() -> impl IntoView {
    let state = State::here();
    let tool = RwSignal::new(Tool::ALL[0]);
    let tensor = RwSignal::new("depth".to_owned());
    let code = Memo::new(move |_| {
        let (range, how) = (state.current()?.range, state.how()?);
        let text = tensor.with(|name| snippet(tool.get(), range, how.bits, name));
        Some(text.map_err(|why| why.to_string()))
    });
    // Toolchains store a zero point; a normalised head keeps the ends as typed.
    let stored = keep_answered(QueryGroup::Stored, move || {
        let ask = |spec| {
            let (range, how) = (state.current()?.range, state.how()?);
            Some(Query::Code {
                choice: CodeChoice::Given(spec),
                range,
                amount: CodeSize::Bits(how.bits),
                policy: how.policy,
                eval_min_m: how.eval_min_m,
            })
        };
        [CodeSpec::UniformZeroPoint, CodeSpec::Uniform]
            .into_iter()
            .filter_map(ask)
            .collect()
    });
    let costs = move || {
        let rmse = stored.with(|answers| {
            let rows = answers.pairs().map(|(_, answer)| match answer {
                Some(QueryResult::Code(row)) => {
                    Some(row.report.as_ref().ok()?.errors?.metrics.rmse)
                }
                _ => None,
            });
            rows.collect::<Vec<_>>()
        });
        let (range, bits) = (state.current()?.range, state.how()?.bits);
        let [Some(zero_m), Some(typed_m)] = rmse[..] else {
            return None;
        };
        let zero = CodeKind::UniformZeroPoint.over(range, bits);
        Some(tr!(
            "With a zero point, as toolchains store it: step {}, RMSE {} for a perfect network. With the ends as typed (normalised head): step {}, RMSE {}.",
            units::length(zero.step_m()),
            units::length(zero_m),
            units::length(range.step_m(bits)),
            units::length(typed_m)
        ))
    };
    let copied = RwSignal::new(None::<bool>);
    let copy = move |_| {
        if let Some(Ok(text)) = code.get_untracked() {
            spawn_local(async move { copied.set(Some(dom::copy_text(&text).await)) });
        }
    };
    Effect::new(move |_| {
        code.track();
        copied.set(None);
    });
    let told = move || {
        copied.get().map(|is_copied| {
            if is_copied {
                tr!("Copied.")
            } else {
                tr!("This browser blocks copying. Select the text.")
            }
        })
    };
    let range = move || {
        let range = state.current()?.range;
        Some(units::range(range.min_m(), range.max_m()))
    };
    view! {
        <div class="card below">
            <h3>{move || tr!("The range {} for your toolchain", range().unwrap_or_default())}</h3>
            <div class="tools">
                <Choose
                    label=tr!("Toolchain")
                    values=Tool::ALL.to_vec()
                    name=Tool::name
                    is_chosen=move |other| tool.get() == other
                    choose=move |other| tool.set(other)
                />
                <label class="inline">
                    {tr!("Name of the output tensor ")}
                    <input type="text" prop:value=move || tensor.get() on:input=move |e| tensor.set(event_target_value(&e))/>
                </label>
                <button class="button" disabled=move || !matches!(code.get(), Some(Ok(_))) on:click=copy><Glyph icon=LuCopy/>{tr!("Copy")}</button>
                <span role="status">{told}</span>
            </div>
            <p class="sentence">{costs}</p>
            {move || match code.get()? {
                Ok(text) => Some(view! { <pre class="snippet" tabindex="0" role="region" aria-label=tr!("Code for the toolchain")><code>{text}</code></pre> }.into_any()),
                Err(why) => Some(view! { <p class="sentence">{why}"."</p> }.into_any()),
            }}
        </div>
    }
}
