//! Maps that were requested from the workers, each with who looks at it.

use std::collections::BTreeMap;

use fathom_engine::{Buffers, QueryKey, ViewInfo};

/// The receiver of a view.
pub(crate) type OnView = Box<dyn FnOnce(Result<(ViewInfo, Buffers), String>)>;

/// The part of the page that looks at maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Viewer {
    /// The maps of the selected frame.
    Frame,
    /// Their raw samples.
    Samples,
    /// The thumbnail at this place of the strip.
    Thumbnail(usize),
    /// A document.
    Document,
    /// The frames of a result that is pinned.
    Pinned,
    /// A frame beside that of the pinned result.
    BesidePinned,
}

/// Requested views by their keys.
#[derive(Default)]
pub(crate) struct AwaitedViews {
    views: BTreeMap<QueryKey, (Viewer, OnView)>,
    last: QueryKey,
}

impl AwaitedViews {
    /// Adds a view, and returns its key.
    pub(crate) fn add(&mut self, viewer: Viewer, on_view: OnView) -> QueryKey {
        // Queries count upwards.
        self.last = self.last.wrapping_sub(1);
        self.views.insert(self.last, (viewer, on_view));
        self.last
    }

    /// Takes the receiver of a view; `None` if nobody awaits it any more.
    pub(crate) fn take(&mut self, key: QueryKey) -> Option<OnView> {
        self.views.remove(&key).map(|(_, on_view)| on_view)
    }

    /// Drops everything that a viewer awaits, and returns its keys.
    pub(crate) fn leave(&mut self, viewer: Viewer) -> Vec<QueryKey> {
        let own = self.views.extract_if(.., |_, own| own.0 == viewer);
        own.map(|(key, _)| key).collect()
    }
}
