//! Recent results in the browser's own store (IndexedDB): texts with the handles of dropped files, where the browser gives such.
//!
//! A browser may refuse to keep anything, as some do in private windows: every request can fail, and none is needed by anything else.

use idb::{
    Database, DatabaseEvent as _, Error, Factory, KeyPath, ObjectStore, ObjectStoreParams,
    TransactionMode,
};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

const DATABASE: &str = "fathom";
const STORE: &str = "recent";

/// The fields of a stored object; the first is its key.
const ID: &str = "id";
const TEXT: &str = "text";
const HANDLES: &str = "handles";

/// A stored result.
pub(crate) struct Stored {
    /// Its text.
    pub(crate) text: String,
    /// Handles of its files; empty where there are none.
    pub(crate) handles: Array,
}

/// The browser keeps nothing, or does not tell what it keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

impl From<Error> for Refused {
    fn from(_: Error) -> Self {
        Self
    }
}

async fn open() -> Result<Database, Error> {
    let mut request = Factory::new()?.open(DATABASE, Some(1))?;
    request.on_upgrade_needed(|event| {
        let mut keyed = ObjectStoreParams::new();
        keyed.key_path(Some(KeyPath::new_single(ID)));
        let made = event
            .database()
            .and_then(|database| database.create_object_store(STORE, keyed));
        // Without its store, every request fails and says so.
        drop(made);
    });
    request.await
}

/// Does something with the store, and waits until the browser has it on disk.
async fn with_store<T, F: Future<Output = Result<T, Error>>>(
    mode: TransactionMode,
    what: impl FnOnce(ObjectStore) -> F,
) -> Result<T, Refused> {
    let database = open().await?;
    let done = async {
        let transaction = database.transaction(&[STORE], mode)?;
        let done = what(transaction.object_store(STORE)?).await?;
        transaction.await?;
        Ok::<T, Error>(done)
    }
    .await;
    database.close();
    Ok(done?)
}

/// Everything that is stored.
///
/// # Errors
/// [`Refused`].
pub(crate) async fn all() -> Result<Vec<Stored>, Refused> {
    with_store(TransactionMode::ReadOnly, |store| async move {
        let values = store.get_all(None, None)?.await?;
        Ok(values.iter().filter_map(stored).collect())
    })
    .await
}

fn stored(value: &JsValue) -> Option<Stored> {
    let field = |name: &str| Reflect::get(value, &name.into()).ok();
    Some(Stored {
        text: field(TEXT)?.as_string()?,
        handles: field(HANDLES)?.dyn_into().ok()?,
    })
}

/// Stores a result in the place of the one with the same number.
///
/// # Errors
/// [`Refused`].
pub(crate) async fn put(id: f64, text: &str, handles: &Array) -> Result<(), Refused> {
    let value = Object::new();
    for (name, field) in [
        (ID, JsValue::from(id)),
        (TEXT, JsValue::from(text)),
        (HANDLES, handles.into()),
    ] {
        Reflect::set(&value, &name.into(), &field).map_err(|_| Refused)?;
    }
    with_store(TransactionMode::ReadWrite, |store| async move {
        store.put(&value, None)?.await?;
        Ok(())
    })
    .await
}

/// Removes one result.
///
/// # Errors
/// [`Refused`].
pub(crate) async fn remove(id: f64) -> Result<(), Refused> {
    with_store(TransactionMode::ReadWrite, |store| async move {
        store.delete(JsValue::from(id))?.await?;
        Ok(())
    })
    .await
}

/// Removes all of them.
///
/// # Errors
/// [`Refused`].
pub(crate) async fn clear() -> Result<(), Refused> {
    with_store(TransactionMode::ReadWrite, |store| async move {
        store.clear()?.await?;
        Ok(())
    })
    .await
}
