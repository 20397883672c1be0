//! The program of every worker.

fn main() {
    console_error_panic_hook::set_once();
    fathom_engine_wasm::texts::load();
    fathom_engine_wasm::serve();
}
