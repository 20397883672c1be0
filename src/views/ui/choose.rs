//! A list of named values of which one is chosen.

use leptos::prelude::*;

/// The list with its label.
#[component]
pub(crate) fn Choose<T>(
    /// The chosen value.
    label: &'static str,
    /// The values in the order they are offered.
    values: Vec<T>,
    /// The name of a value; no two have the same.
    name: fn(T) -> &'static str,
    /// True if a value is the chosen one.
    is_chosen: impl Fn(T) -> bool + Copy + Send + Sync + 'static,
    /// Takes the chosen one.
    choose: impl Fn(T) + Copy + 'static,
) -> impl IntoView
where
    T: Copy + Send + Sync + 'static,
{
    let options = values
        .iter()
        .map(|&value| {
            view! { <option value=name(value) prop:selected=move || is_chosen(value)>{name(value)}</option> }
        })
        .collect_view();
    let change = move |event| {
        let text = event_target_value(&event);
        if let Some(value) = values.iter().find(|value| name(**value) == text) {
            choose(*value);
        }
    };
    view! { <label class="inline">{label} " " <select on:change=change>{options}</select></label> }
}
