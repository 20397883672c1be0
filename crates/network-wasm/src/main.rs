//! The program of a network's workers.

fn main() {
    console_error_panic_hook::set_once();
    fathom_engine_wasm::texts::load();
    fathom_network_wasm::serve();
}
