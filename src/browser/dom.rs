//! Small requests to the browser: addresses, address bar, clipboard, downloads, theme, time.

use fathom_engine::NameText;
use js_sys::JsString;
use js_sys::{Array, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;
use web_sys::{
    Blob, BlobPropertyBag, Document, Element, File, FileList, HtmlAnchorElement, Response, Url,
    Window,
};
use web_sys::{TextDecoder, TextDecoderOptions};

/// The page's window.
#[must_use]
pub(crate) fn window() -> Option<Window> {
    web_sys::window()
}

pub(super) fn document() -> Option<Document> {
    window()?.document()
}

/// The browser's ways to handle names of files.
pub(crate) const NAME_TEXT: NameText = NameText {
    composed: |text| JsString::from(text).normalize("NFC").into(),
    decoded: |page, bytes| {
        let options = TextDecoderOptions::new();
        options.set_fatal(true);
        let decoder = TextDecoder::new_with_label_and_options(page.label()?, &options).ok()?;
        decoder.decode_with_u8_array(bytes).ok()
    },
};

/// Number of cores, 2 where the browser does not say.
#[must_use]
pub(crate) fn cores() -> usize {
    window().map_or(2, |w| w.navigator().hardware_concurrency() as usize)
}

/// The absolute address of the page's program, which the workers load too.
#[must_use]
pub(crate) fn program_url() -> Option<String> {
    let link = document()?
        .query_selector("link[rel=modulepreload]")
        .ok()??;
    let href = link.get_attribute("href")?;
    sibling_url(&document()?.base_uri().ok()??, &href)
}

/// The name of this build, which `cargo xtask build` writes into the page; none elsewhere.
fn build() -> Option<String> {
    let meta = document()?.query_selector("meta[name=build]").ok()??;
    meta.get_attribute("content").filter(|b| !b.is_empty())
}

/// An address next to another. The build's name, or else the base's own file name, goes along as a query, so that a worker script of
/// another build is never taken from a cache.
#[must_use]
pub(crate) fn sibling_url(base: &str, name: &str) -> Option<String> {
    let url = Url::new_with_base(name, base).ok()?;
    // These keep their names from build to build.
    const KEPT: [&str; 7] = [
        "worker.js",
        "fathom-engine-wasm.js",
        "fathom-engine-wasm_bg.wasm",
        "fathom-network-wasm.js",
        "fathom-network-wasm_bg.wasm",
        "fathom-network-example-fp32.onnx",
        "fathom-network-example-int8.onnx",
    ];
    if KEPT.contains(&name) {
        let own_name = || base.rsplit('/').next().unwrap_or_default().to_owned();
        url.set_search(&format!("?{}", build().unwrap_or_else(own_name)));
    }
    Some(url.href())
}

/// Compiles a program of this site.
///
/// # Errors
/// Whatever the browser says: it is not there, or the connection is not.
pub(crate) async fn compiled(address: &str) -> Result<JsValue, JsValue> {
    let window = window().ok_or(JsValue::NULL)?;
    let response = window.fetch_with_str(address);
    JsFuture::from(js_sys::WebAssembly::compile_streaming(&response)).await
}

/// Fetches a file of the site; `None` where it is not there, or the connection is not.
pub(crate) async fn fetched_file(place: &str, name: &str) -> Option<File> {
    let address = sibling_url(&program_url()?, place)?;
    let response = JsFuture::from(window()?.fetch_with_str(&address))
        .await
        .ok()?;
    let response: Response = response.dyn_into().ok()?;
    let content = response.array_buffer().ok().filter(|_| response.ok())?;
    let content = JsFuture::from(content).await.ok()?;
    file_of_bytes(name, &Uint8Array::new(&content).to_vec())
}

/// Tells `public/offline.js` that the page has fetched all that it shows.
pub(crate) fn tell_fetched() {
    set_root_attribute("data-fetched", Some(""));
    if let (Some(window), Ok(event)) = (window(), web_sys::Event::new("fathomfetched")) {
        drop(window.dispatch_event(&event));
    }
}

/// Shows a sentence over everything, after which nothing that the page shows can be trusted to follow.
pub(crate) fn tell_of_fault(text: &str) {
    let (Some(place), Some(notice)) = (find(".notices"), create("p")) else {
        return;
    };
    notice.set_class_name("notice error");
    drop(notice.set_attribute("role", "alert"));
    notice.set_text_content(Some(text));
    drop(place.prepend_with_node_1(&notice));
}

/// The element with this id.
#[must_use]
pub(crate) fn element(id: &str) -> Option<Element> {
    document()?.get_element_by_id(id)
}

/// The first element that a selector finds.
#[must_use]
pub(crate) fn find(selector: &str) -> Option<Element> {
    document()?.query_selector(selector).ok()?
}

/// All elements that a selector finds, in the order of the document.
#[must_use]
pub(crate) fn find_all(selector: &str) -> Vec<Element> {
    let found = document().and_then(|d| d.query_selector_all(selector).ok());
    let found = found.map(|list| Array::from(&list));
    found
        .map(|list| list.iter().filter_map(|e| e.dyn_into().ok()).collect())
        .unwrap_or_default()
}

/// Presses the first element that a selector finds, as a reader would.
pub(crate) fn press(selector: &str) {
    if let Some(element) = find(selector).and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
        element.click();
    }
}

/// A new element that stands nowhere yet.
#[must_use]
pub(crate) fn create(name: &str) -> Option<Element> {
    document()?.create_element(name).ok()
}

/// Brings an element into sight with as little movement as that takes.
pub(crate) fn scroll_nearest(element: &Element) {
    let how = web_sys::ScrollIntoViewOptions::new();
    how.set_block(web_sys::ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&how);
}

/// The folded parts that hold an element, and the first one within it.
pub(crate) fn folds_around(element: &Element) -> Vec<Element> {
    let inside = element.query_selector("details.fold").ok().flatten();
    let mut folds: Vec<Element> = inside.into_iter().collect();
    let mut at = element.clone();
    while let Some(fold) = at.closest("details").ok().flatten() {
        let Some(parent) = fold.parent_element() else {
            break;
        };
        folds.push(fold);
        at = parent;
    }
    folds
}

/// Width of the window, in CSS pixels.
pub(crate) fn width_px() -> f64 {
    let width = window().and_then(|w| w.inner_width().ok()?.as_f64());
    width.unwrap_or_default()
}

/// Returns true if the window is as narrow as a phone's; the style sheets use the same width.
pub(crate) fn is_narrow() -> bool {
    let narrow = window().and_then(|w| w.match_media("(max-width: 32.5em)").ok()?);
    narrow.is_some_and(|narrow| narrow.matches())
}

/// Brings the top of the page into sight.
pub(crate) fn scroll_to_top() {
    if let Some(window) = window() {
        window.scroll_to_with_x_and_y(0.0, 0.0);
    }
}

/// The focused element.
#[must_use]
pub(crate) fn focused() -> Option<Element> {
    document()?.active_element()
}

/// True if the keyboard is a Mac's, with a Command key.
#[must_use]
pub(crate) fn is_mac() -> bool {
    let platform = window().and_then(|w| w.navigator().platform().ok());
    platform.is_some_and(|name| name.starts_with("Mac") || name.starts_with("iP"))
}

/// Asks the reader a question with two answers.
#[must_use]
pub(crate) fn confirmed(question: &str) -> bool {
    window().is_some_and(|w| w.confirm_with_message(question).unwrap_or(false))
}

/// Milliseconds since 1970.
#[must_use]
pub(crate) fn date_ms() -> f64 {
    js_sys::Date::now()
}

/// The day in UTC, as `2026-01-31`.
#[must_use]
pub(crate) fn date_today() -> String {
    let time: String = js_sys::Date::new_0().to_iso_string().into();
    time.chars().take("2026-01-31".len()).collect()
}

/// A time as people of this language write it, to the minute, in the reader's own time zone.
#[must_use]
pub(crate) fn local_time(at_ms: f64, language: &str) -> String {
    let options = js_sys::Object::new();
    for (name, value) in [("dateStyle", "medium"), ("timeStyle", "short")] {
        let set = Reflect::set(&options, &name.into(), &value.into());
        debug_assert!(set.is_ok());
    }
    let date = js_sys::Date::new(&at_ms.into());
    date.to_locale_string(language, &options).into()
}

/// Asks the page to show what a link's fragment holds: it listens to changes of the address.
pub(crate) fn open_fragment(fragment: &str) {
    if let Some(window) = window() {
        drop(window.location().set_hash(fragment));
    }
}

/// The fragment of the address, "#" included.
#[must_use]
pub(crate) fn fragment() -> String {
    window()
        .and_then(|w| w.location().hash().ok())
        .unwrap_or_default()
}

/// Puts a fragment into the address bar without a new history entry.
pub(crate) fn set_fragment(fragment: &str) {
    let replaced = window()
        .and_then(|w| w.history().ok())
        .map(|h| h.replace_state_with_url(&JsValue::NULL, "", Some(&format!("#{fragment}"))));
    // Some embedded views refuse it; the link can still be copied.
    drop(replaced);
}

/// The whole address with this fragment.
#[must_use]
pub(crate) fn address_with(fragment: &str) -> String {
    let href = address();
    let base = href.split('#').next().unwrap_or_default();
    format!("{base}#{fragment}")
}

/// The address of this page, with its fragment.
#[must_use]
pub(crate) fn address() -> String {
    window()
        .and_then(|w| w.location().href().ok())
        .unwrap_or_default()
}

/// Copies text; `false` where the browser refuses.
pub(crate) async fn copy_text(text: &str) -> bool {
    let Some(window) = window() else { return false };
    let navigator: JsValue = window.navigator().into();
    // Absent on pages without a secure context.
    let Ok(clipboard) = Reflect::get(&navigator, &"clipboard".into()) else {
        return false;
    };
    let Ok(clipboard) = clipboard.dyn_into::<web_sys::Clipboard>() else {
        return false;
    };
    JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

/// The browser's own way to hand something to another program or person, where it has one.
fn sharing() -> Option<js_sys::Function> {
    let navigator: JsValue = window()?.navigator().into();
    let share = Reflect::get(&navigator, &"share".into()).ok()?;
    share.dyn_into().ok()
}

/// True if the browser can hand on an address.
#[must_use]
pub(crate) fn can_share() -> bool {
    sharing().is_some()
}

/// Hands on an address by the browser's own sheet. Whoever closes that sheet has changed their mind: nothing is told.
pub(crate) fn share(title: &str, address: &str) {
    let (Some(window), Some(share)) = (window(), sharing()) else {
        return;
    };
    let what = js_sys::Object::new();
    let told = Reflect::set(&what, &"title".into(), &title.into())
        .and_then(|_| Reflect::set(&what, &"url".into(), &address.into()))
        .and_then(|_| share.call1(&window.navigator(), &what));
    if let Ok(promise) = told.and_then(JsCast::dyn_into::<Promise>) {
        wasm_bindgen_futures::spawn_local(async move {
            drop(JsFuture::from(promise).await);
        });
    }
}

/// Reads the first bytes of a file. A file that cannot be read gives none; the worker that reads it reports the error.
pub(crate) async fn head_of(file: &File, most: usize) -> Vec<u8> {
    part_of(file, 0.0, most as f64).await
}

/// Reads the last bytes of a file.
pub(crate) async fn tail_of(file: &File, most: usize) -> Vec<u8> {
    let size = file.size();
    part_of(file, (size - most as f64).max(0.0), size).await
}

async fn part_of(file: &File, from: f64, to: f64) -> Vec<u8> {
    let part = file.slice_with_f64_and_f64(from, to);
    let Ok(bytes) = part.map(|part| part.array_buffer()) else {
        return Vec::new();
    };
    let read = JsFuture::from(bytes).await;
    read.map_or_else(|_| Vec::new(), |buffer| Uint8Array::new(&buffer).to_vec())
}

/// A file in the page's memory.
pub(crate) fn file_of_bytes(name: &str, content: &[u8]) -> Option<File> {
    let bytes = Uint8Array::from(content);
    File::new_with_u8_array_sequence(&Array::of1(&bytes), name).ok()
}

/// Offers text as a file to save.
///
/// # Errors
/// Whatever the browser says.
pub(crate) fn download(name: &str, mime: &str, content: &[u8]) -> Result<(), JsValue> {
    let bytes = Uint8Array::from(content);
    let options = BlobPropertyBag::new();
    options.set_type(mime);
    let blob = Blob::new_with_u8_array_sequence_and_options(&Array::of1(&bytes), &options)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    download_from(name, &url)?;
    Url::revoke_object_url(&url)
}

/// Offers what is at an address of this page as a file to save.
///
/// # Errors
/// Whatever the browser says.
pub(crate) fn download_from(name: &str, url: &str) -> Result<(), JsValue> {
    let document = document().ok_or(JsValue::NULL)?;
    let link: HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
    link.set_href(url);
    link.set_download(name);
    link.click();
    Ok(())
}

/// The files of a list, in its order, each with its path: the folder is known when a folder was chosen.
#[must_use]
pub(crate) fn files_of(list: &FileList) -> Vec<(String, File)> {
    (0..list.length())
        .filter_map(|i| list.get(i))
        .map(|file| {
            let relative = Reflect::get(&file, &"webkitRelativePath".into())
                .ok()
                .and_then(|v| v.as_string())
                .filter(|path| !path.is_empty());
            (relative.unwrap_or_else(|| file.name()), file)
        })
        .collect()
}

/// Sets or removes an attribute of the root element.
pub(crate) fn set_root_attribute(name: &str, value: Option<&str>) {
    let Some(root) = document().and_then(|d| d.document_element()) else {
        return;
    };
    let changed = match value {
        Some(value) => root.set_attribute(name, value),
        None => root.remove_attribute(name),
    };
    debug_assert!(changed.is_ok());
}

/// A stored value of this site, where storage is allowed.
#[must_use]
pub(crate) fn stored(key: &str) -> Option<String> {
    window()?.local_storage().ok()??.get_item(key).ok()?
}

/// Stores a value of this site, where storage is allowed.
pub(crate) fn store(key: &str, value: &str) {
    if let Some(Ok(Some(storage))) = window().map(|w| w.local_storage()) {
        // A full or forbidden storage loses a preference, nothing else.
        drop(storage.set_item(key, value));
    }
}

/// Milliseconds since the page was opened.
#[must_use]
pub(crate) fn now_ms() -> f64 {
    window()
        .and_then(|w| w.performance())
        .map_or(0.0, |p| p.now())
}

/// Lets the browser handle input and paint before going on.
pub(crate) async fn breathe() {
    let promise = Promise::new(&mut |resolve, _| {
        if let Some(window) = window() {
            drop(window.set_timeout_with_callback(&resolve));
        }
    });
    drop(JsFuture::from(promise).await);
}

/// Waits for some milliseconds.
pub(crate) async fn pause(ms: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        if let Some(window) = window() {
            drop(window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, ms));
        }
    });
    drop(JsFuture::from(promise).await);
}

/// Waits for the next frame, or a tenth of a second where nothing is painted.
pub(crate) async fn next_frame() {
    let promise = Promise::new(&mut |resolve, _| {
        if let Some(window) = window() {
            drop(window.request_animation_frame(&resolve));
            // Hidden pages get no frames. Resolving twice does nothing.
            drop(window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, 100));
        }
    });
    drop(JsFuture::from(promise).await);
}
