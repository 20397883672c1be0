//! Choosing files and folders.

use leptos::html;
use leptos::prelude::*;

use crate::actions;
use crate::browser::{dom, drops};
use crate::state::State;
use fathom_core::i18n::tr;

/// The button that opens the file dialogue.
#[component]
pub(super) fn FileButton() -> impl IntoView {
    let state = State::here();
    let input = NodeRef::<html::Input>::new();
    let chosen = move |_| {
        let Some(input) = input.get_untracked() else {
            return;
        };
        if let Some(list) = input.files() {
            actions::read_files(state, dom::files_of(&list));
        }
        // The same files can be chosen again.
        input.set_value("");
    };
    view! {
        <label class="drop">
            <b>{tr!("Drop depth files anywhere")}</b>
            <span>{tr!("or choose, or paste them")}</span>
            <small>{tr!("PNG, NPY, NPZ, EXR, TIFF, PFM, PGM, ZIP, folders \u{b7} nothing leaves this page")}</small>
            <input
                type="file"
                multiple
                accept=".png,.npy,.npz,.exr,.tif,.tiff,.pfm,.pgm,.pnm,.gz,.zip,.mat,.h5,.hdf5,.dpt,.raw,.onnx,.data,.bin,.encodings,.json,.jpg,.jpeg,.webp,.pb"
                aria-label=tr!("Choose depth files")
                node_ref=input
                on:change=chosen
            />
        </label>
        <button
            class="button small"
            on:click=move |_| {
                if let Some(input) = input.get_untracked() {
                    drops::choose_folder(&input);
                }
            }
        >
            {tr!("Choose a folder")}
        </button>
        <button class="button small example" on:click=move |_| actions::open_example(state)>
            {tr!("Try an example with predictions")}
        </button>
    }
}
