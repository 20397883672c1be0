//! The depth-aware code: pieces with bits of their own, to be dragged.

use crate::state::State;
use leptos::html;
use leptos::prelude::*;
use leptos::{ev, html as tags};

use super::Choice;
use crate::views::ui::chart::{follow_size, keep_painted};
use crate::views::ui::section::Section;
use crate::views::ui::table::PlainTable;
use fathom_core::i18n::tr;
use fathom_core::quant::Pieces;
use fathom_core::units;
use fathom_plot::charts::pieces_sentence;
use fathom_plot::{EditorHit, PieceEditor, Scene};

/// Height of the editor until it has its own, in CSS pixels.
const TALL_PX: f64 = 140.0;

#[component]
pub(super) fn Editor(choice: Choice) -> impl IntoView {
    let state = State::here();
    let element = NodeRef::<html::Section>::new();
    let canvas = NodeRef::<tags::Canvas>::new();
    let size = follow_size(canvas, TALL_PX);
    let pieces = choice.pieces;
    let marked = RwSignal::new(None::<EditorHit>);
    let dragged = RwSignal::new(None::<usize>);
    // The depths of the data, so that the axis holds still while a knot moves.
    let span = Memo::new(move |_| {
        state.facts.with(|facts| {
            let summary = &facts.as_ref()?.summary;
            Some((summary.min_m, summary.max_m))
        })
    });
    let editor = move || {
        let width = size.get().width;
        let span = span.get()?;
        (width > 0.0).then(|| pieces.with(|pieces| PieceEditor::new(width, span, pieces)))
    };
    keep_painted(canvas, move || -> Option<Scene> {
        let editor = editor()?;
        Some(pieces.with(|pieces| editor.scene(pieces, marked.get())))
    });
    let place =
        |event: &ev::PointerEvent| (f64::from(event.offset_x()), f64::from(event.offset_y()));
    let hit = move |(x, y): (f64, f64)| {
        let editor = untrack(editor)?;
        pieces.with_untracked(|pieces| editor.hit(pieces, x, y))
    };
    let down = move |event: ev::PointerEvent| {
        let hit = hit(place(&event));
        marked.set(hit);
        if let Some(EditorHit::Knot(knot)) = hit {
            let canvas: web_sys::HtmlCanvasElement = event_target(&event);
            drop(canvas.set_pointer_capture(event.pointer_id()));
            dragged.set(Some(knot));
        }
    };
    let moved = move |event: ev::PointerEvent| {
        let Some(knot) = dragged.get_untracked() else {
            return;
        };
        if let Some(editor) = untrack(editor) {
            let x = f64::from(event.offset_x());
            pieces.update(|pieces| *pieces = editor.dragged(pieces, knot, x));
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        let knots = pieces.with_untracked(|p| p.knots_m.len());
        let knot = match marked.get_untracked() {
            Some(EditorHit::Knot(knot)) => knot,
            _ => 0,
        };
        let step = if event.shift_key() { 10 } else { 1 };
        match event.key().as_str() {
            "ArrowRight" => step_knot(editor, pieces, knot, step),
            "ArrowLeft" => step_knot(editor, pieces, knot, -step),
            "ArrowUp" => {
                marked.set(Some(EditorHit::Knot(
                    (knot + 1).min(knots.saturating_sub(1)),
                )));
            }
            "ArrowDown" => marked.set(Some(EditorHit::Knot(knot.saturating_sub(1)))),
            _ => return,
        }
        event.prevent_default();
    };
    let rows = move || {
        pieces.with(|p| {
            p.bits
                .iter()
                .enumerate()
                .map(|(piece, bits)| piece_row(pieces, piece, p, bits.get()))
                .collect_view()
        })
    };
    let style = move || {
        let height = editor().map_or(TALL_PX, |editor| editor.height());
        format!("height:{height}px")
    };
    view! {
        <Section
            id="pieces"
            title=tr!("A code of your own, by depth")
            lead=tr!("Divide the range into pieces, each with its own bits; drag the ends. Give more bits to the depths where errors matter.")
            theory="codes"
            element
        >
            <div class="card">
                <div class="canvas" style=style>
                    <canvas
                        node_ref=canvas
                        tabindex="0"
                        role="application"
                        aria-label=tr!("Pieces of the code. Up and down choose a knot, left and right move it, with shift ten times as far.")
                        aria-describedby="pieces-sentence"
                        on:pointerdown=down
                        on:pointermove=moved
                        on:pointerup=move |_| dragged.set(None)
                        on:pointercancel=move |_| dragged.set(None)
                        on:keydown=key
                    ></canvas>
                </div>
                <p class="foot" id="pieces-sentence">{move || pieces.with(pieces_sentence)}</p>
                <PlainTable label=tr!("Pieces of the code") class="pieces-table">
                    <thead><tr><th scope="col">{tr!("Piece")}</th><th scope="col">{tr!("Bits")}</th><th scope="col"><span class="hidden">{tr!("Edit")}</span></th></tr></thead>
                    <tbody>{rows}</tbody>
                </PlainTable>
                <button class="button small" on:click=move |_| pieces.set(Pieces::depth_aware())>
                    {tr!("The published 10/8/6 bits")}
                </button>
            </div>
        </Section>
    }
}

fn step_knot(
    editor: impl Fn() -> Option<PieceEditor>,
    pieces: RwSignal<Pieces>,
    knot: usize,
    steps: i32,
) {
    if let Some(editor) = untrack(editor) {
        pieces.update(|pieces| *pieces = editor.stepped(pieces, knot, steps));
    }
}

fn piece_row(
    pieces: RwSignal<Pieces>,
    piece: usize,
    now: &Pieces,
    bits: u8,
) -> impl IntoView + use<> {
    let ends = units::range(now.knots_m[piece], now.knots_m[piece + 1]);
    let splits = PieceEditor::split(now, piece).is_some();
    let joins = PieceEditor::joined(now, piece + 1).is_some();
    let change = move |by: i8| pieces.update(|p| *p = PieceEditor::with_bits(p, piece, by));
    view! {
        <tr>
            <th scope="row">{ends}</th>
            <td>
                <button class="plain" aria-label=tr!("One bit less") on:click=move |_| change(-1)>"\u{2212}"</button>
                {units::counted(usize::from(bits), units::Noun::Bit)}
                <button class="plain" aria-label=tr!("One bit more") on:click=move |_| change(1)>"+"</button>
            </td>
            <td>
                <button
                    class="plain-link"
                    disabled=!splits
                    on:click=move |_| pieces.update(|p| {
                        if let Some(split) = PieceEditor::split(p, piece) {
                            *p = split;
                        }
                    })
                >
                    {tr!("Split")}
                </button>
                " "
                <button
                    class="plain-link"
                    disabled=!joins
                    on:click=move |_| pieces.update(|p| {
                        if let Some(joined) = PieceEditor::joined(p, piece + 1) {
                            *p = joined;
                        }
                    })
                >
                    {tr!("Join with the next")}
                </button>
            </td>
        </tr>
    }
}
