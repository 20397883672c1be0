//! The program of the page. Its workers run the same program, and tell by their scope that they are workers.

fn main() {
    fathom::web::texts::take_up();
    match fathom::web::scope::scope() {
        Some(scope) => fathom::web::worker::serve(&scope),
        None => fathom::app::start(),
    }
}
