//! Everything that changes the page's state.

mod comparing;
mod conclusions;
mod depths;
mod doubts;
pub(crate) mod export;
mod figures;
mod file_store;
mod files;
pub(crate) mod link;
mod navigation;
mod network;
mod notices;
mod pictures;
mod pinned;
mod range_table;
mod theme;
mod updates;

pub(crate) use conclusions::{sync_answers, sync_recoded};
pub(crate) use depths::{open_address, start_over};
pub(crate) use doubts::sync_doubts;
pub(crate) use export::export;
pub(crate) use figures::sync_figures;
pub(crate) use file_store::{intake, joins, next_intake};
pub(crate) use files::{
    as_stored, cancel, move_file, open_example, open_example_network, pair_by_order, read_anew,
    read_dropped, read_files, repair, set_crop, set_encoding, set_markers, set_own_encoding,
    set_part, set_pick, set_preset, set_resize, set_uses, set_window, show_role, undo_repairs,
};
pub(crate) use navigation::{go_to, show_view};
pub(crate) use network::{
    begin_study, cancel_study, drop_network, measure_kept, measure_repairs, retry_network,
    save_study, show_layer_in, sync_network, toggle_layer, use_outputs,
};
pub(crate) use notices::{dismiss, notify, tell_of_new_build};
pub(crate) use pictures::{
    drop_thumbnail, frames, sync_beside_pinned, sync_look, sync_samples, thumbnail,
};
pub(crate) use pinned::{pin, unpin};
pub(crate) use range_table::{
    add_named, add_range, choose_range, move_end, remove_range, reset_ranges, set_range, use_bits,
    use_code, use_range,
};
pub(crate) use theme::{begin_print, end_print, next_theme, restore_theme};
pub(crate) use updates::prepare;
