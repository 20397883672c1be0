//! Handles of dropped files, where a browser gives such: a page can keep them and, with the reader's leave, open the files again later.
//!
//! Called by their names: these parts of the browser are not in all of them, and what is missing means "no handles".

use js_sys::{Array, AsyncIterator, Function, IteratorNext, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DataTransfer, DragEvent, Event, File, HtmlInputElement};

use super::dom;

/// Most handles of a result: whoever drops more files drops their folder.
const MAX_HANDLES: u32 = 500;

/// Most files that are taken from folders, as with a drop.
const MAX_FILES: usize = 100_000;

/// Listens to files that come in any way, before the page has them: calls `on_files` with the promised handles of a drop, else with `None`.
pub(crate) fn watch(on_files: impl Fn(Option<Promise>) + 'static) {
    let Some(window) = dom::window() else {
        return;
    };
    let listener = Closure::<dyn Fn(Event)>::new(move |event: Event| {
        let promised = match event.type_().as_str() {
            "drop" => event
                .dyn_ref::<DragEvent>()
                .and_then(DragEvent::data_transfer)
                .filter(|transfer| transfer.files().is_some_and(|files| files.length() > 0))
                .map(|transfer| promised(&transfer)),
            "paste" => event
                .dyn_ref::<web_sys::ClipboardEvent>()
                .and_then(web_sys::ClipboardEvent::clipboard_data)
                .and_then(|transfer| transfer.files())
                .filter(|files| files.length() > 0)
                .map(|_| None),
            _ => event
                .target()
                .and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
                .filter(|input| input.type_() == "file")
                .map(|_| None),
        };
        if let Some(promised) = promised {
            on_files(promised);
        }
    })
    .into_js_value();
    for name in ["drop", "paste", "change"] {
        // In the phase before the page's own listener: it may empty an input.
        let listened =
            window.add_event_listener_with_callback_and_bool(name, listener.unchecked_ref(), true);
        debug_assert!(listened.is_ok());
    }
}

/// A promise of the handles of a drop, asked for while its event lasts; `None` where the browser has none to give.
fn promised(transfer: &DataTransfer) -> Option<Promise> {
    let items = transfer.items();
    let promises = Array::new();
    for item in (0..items.length()).filter_map(|i| items.get(i)) {
        if item.kind() == "file" {
            let promise = call(&item, "getAsFileSystemHandle", &[])?;
            promises.push(&promise);
        }
    }
    (1..=MAX_HANDLES)
        .contains(&promises.length())
        .then(|| Promise::all(&promises))
}

/// The promised handles; none where the browser or the way the files came gave none.
pub(crate) async fn given(promised: Option<Promise>) -> Array {
    let Some(promise) = promised else {
        return Array::new();
    };
    let handles = JsFuture::from(promise).await;
    let handles: Option<Array> = handles.ok().and_then(|handles| handles.dyn_into().ok());
    // One that could not be given is null; some of a set would open another set.
    handles
        .filter(|handles| handles.iter().all(|handle| handle.is_object()))
        .unwrap_or_default()
}

/// Why files could not be opened again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReopenError {
    /// The reader, or the browser, does not allow it.
    NotAllowed,
    /// One is not where it was.
    Moved(String),
}

/// Opens files again by their handles, folders with everything below them. The browser may ask the reader: call it on a press.
///
/// # Errors
/// [`ReopenError`].
pub(crate) async fn reopen(handles: &Array) -> Result<Vec<(String, File)>, ReopenError> {
    let mut waiting: Vec<(String, JsValue)> = Vec::new();
    for handle in handles.iter() {
        if !is_allowed(&handle).await {
            return Err(ReopenError::NotAllowed);
        }
        waiting.push((name_of(&handle), handle));
    }
    waiting.reverse();
    let mut files = Vec::new();
    while let Some((path, handle)) = waiting.pop() {
        if files.len() >= MAX_FILES {
            break;
        }
        if text(&handle, "kind") == "directory" {
            let children = children(&handle).await.map_err(|_| moved(&path))?;
            waiting.extend(children.into_iter().rev().filter_map(|child| {
                let name = name_of(&child);
                // Files that an operating system adds to folders are no depth maps.
                let is_own = !name.starts_with('.') && name != "__MACOSX";
                is_own.then(|| (format!("{path}/{name}"), child))
            }));
        } else {
            let file = called(&handle, "getFile", &[]).await.ok();
            let file = file.and_then(|file| file.dyn_into().ok());
            files.push((path.clone(), file.ok_or_else(|| moved(&path))?));
        }
    }
    Ok(files)
}

fn moved(path: &str) -> ReopenError {
    ReopenError::Moved(path.to_owned())
}

fn text(handle: &JsValue, field: &str) -> String {
    let value = Reflect::get(handle, &field.into()).ok();
    value
        .and_then(|value| value.as_string())
        .unwrap_or_default()
}

fn name_of(handle: &JsValue) -> String {
    text(handle, "name")
}

/// Calls a method of something that may not have it.
fn call(object: &JsValue, method: &str, arguments: &[JsValue]) -> Option<JsValue> {
    let method: Function = Reflect::get(object, &method.into()).ok()?.dyn_into().ok()?;
    let arguments: Array = arguments.iter().collect();
    method.apply(object, &arguments).ok()
}

/// The same for a method that promises something.
async fn called(object: &JsValue, method: &str, arguments: &[JsValue]) -> Result<JsValue, JsValue> {
    let promise = call(object, method, arguments).ok_or(JsValue::UNDEFINED)?;
    JsFuture::from(Promise::resolve(&promise)).await
}

/// True if a file may be read, after asking the reader where the browser wants that.
async fn is_allowed(handle: &JsValue) -> bool {
    let how = Object::new();
    if Reflect::set(&how, &"mode".into(), &"read".into()).is_err() {
        return false;
    }
    for question in ["queryPermission", "requestPermission"] {
        let answer = called(handle, question, &[how.clone().into()]).await;
        match answer.map(|answer| answer.as_string()) {
            Ok(Some(answer)) if answer == "granted" => return true,
            // A browser that does not ask lets the file be read, or says so when it is.
            Err(error) if error.is_undefined() => return true,
            _ => {}
        }
    }
    false
}

/// The entries of a folder, by name.
async fn children(folder: &JsValue) -> Result<Vec<JsValue>, JsValue> {
    let values = call(folder, "values", &[]).ok_or(JsValue::NULL)?;
    let values: AsyncIterator = values.unchecked_into();
    let mut all = Vec::new();
    loop {
        let next = JsFuture::from(values.next()?).await?;
        let next: IteratorNext = next.unchecked_into();
        if next.done() {
            break;
        }
        all.push(next.value());
    }
    all.sort_by_key(name_of);
    Ok(all)
}

/// Gives files to the page as if they had been chosen with its button, their folders included. `false` where the browser does not let them
/// be.
#[must_use]
pub(crate) fn hand_over(files: &[(String, File)]) -> bool {
    handed_over(files).is_ok()
}

fn handed_over(files: &[(String, File)]) -> Result<(), JsValue> {
    let input = dom::find("input[type=file]").ok_or(JsValue::NULL)?;
    let input: HtmlInputElement = input.dyn_into()?;
    let transfer = DataTransfer::new()?;
    for (path, file) in files {
        if path.contains('/') {
            // Where the page looks for the folder of a chosen file.
            let description = Object::new();
            Reflect::set(&description, &"value".into(), &path.into())?;
            Reflect::define_property(file, &"webkitRelativePath".into(), &description)?;
        }
        transfer.items().add_with_file(file)?;
    }
    input.set_files(transfer.files().as_ref());
    let init = web_sys::EventInit::new();
    init.set_bubbles(true);
    let chosen = Event::new_with_event_init_dict("change", &init)?;
    input.dispatch_event(&chosen).map(|_| ())
}
