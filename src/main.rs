//! The program of the page.

fn main() {
    fathom_engine_wasm::texts::load();
    fathom::start();
}
