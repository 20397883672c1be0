//! Files out of a drop, folders opened: every file below them, with its path.

use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DataTransfer, File, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry};

use super::dom;

/// Most files that are taken from folders: more is a home folder dropped by mistake.
const MAX_FILES: usize = 100_000;

/// The dropped entries, taken before the event ends: afterwards the browser forgets it.
pub(crate) struct Drop {
    entries: Vec<FileSystemEntry>,
    files: Vec<(String, File)>,
}

/// The files of a drop, and what could not be opened.
#[derive(Default)]
pub(crate) struct Dropped {
    /// Each with its path below what was dropped.
    pub(crate) files: Vec<(String, File)>,
    /// Paths that the browser could not open.
    pub(crate) lost: Vec<String>,
    /// True if files were left out because there are too many.
    pub(crate) cut: bool,
}

impl Drop {
    /// Takes what a drop carries.
    #[must_use]
    pub(crate) fn take(transfer: &DataTransfer) -> Self {
        let items = transfer.items();
        let entries: Vec<FileSystemEntry> = (0..items.length())
            .filter_map(|i| items.get(i))
            .filter(|item| item.kind() == "file")
            .filter_map(|item| item.webkit_get_as_entry().ok().flatten())
            .collect();
        let files = transfer
            .files()
            .map(|list| dom::files_of(&list))
            .unwrap_or_default();
        Self { entries, files }
    }

    /// Opens the folders. Without any, the files are as the browser lists them.
    pub(crate) async fn open(self) -> Dropped {
        if !self.entries.iter().any(FileSystemEntry::is_directory) {
            return Dropped {
                files: self.files,
                ..Dropped::default()
            };
        }
        let mut dropped = Dropped::default();
        // A stack with the first on top, so that files come in the order of the folders.
        let mut waiting: Vec<FileSystemEntry> = self.entries.into_iter().rev().collect();
        while let Some(entry) = waiting.pop() {
            if dropped.files.len() >= MAX_FILES {
                dropped.cut = true;
                return dropped;
            }
            let path = entry.full_path().trim_start_matches('/').to_owned();
            if entry.is_directory() {
                match children(&entry).await {
                    Some(children) => waiting.extend(children.into_iter().rev()),
                    None => dropped.lost.push(path),
                }
            } else if let Some(file) = file_of(&entry).await {
                dropped.files.push((path, file));
            } else {
                dropped.lost.push(path);
            }
        }
        // Files that an operating system adds to folders are no depth maps.
        dropped.files.retain(|(path, _)| {
            !path
                .split('/')
                .any(|part| part.starts_with('.') || part == "__MACOSX")
        });
        dropped
    }
}

/// The end of a call with a success and a failure callback.
async fn called_back(call: impl FnOnce(&Function, &Function)) -> Option<JsValue> {
    let mut call = Some(call);
    let promise = Promise::new(&mut |resolve, reject| {
        if let Some(call) = call.take() {
            call(&resolve, &reject);
        }
    });
    JsFuture::from(promise).await.ok()
}

async fn children(folder: &FileSystemEntry) -> Option<Vec<FileSystemEntry>> {
    let folder: &FileSystemDirectoryEntry = folder.unchecked_ref();
    let reader = folder.create_reader();
    let mut all: Vec<FileSystemEntry> = Vec::new();
    loop {
        let some = called_back(|ok, failed| {
            drop(reader.read_entries_with_callback_and_callback(ok, failed));
        })
        .await?;
        let some: Array = some.dyn_into().ok()?;
        if some.length() == 0 {
            break;
        }
        // Chromium has no name for these objects to be checked by.
        all.extend(some.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
    all.sort_by_key(FileSystemEntry::name);
    Some(all)
}

async fn file_of(entry: &FileSystemEntry) -> Option<File> {
    let entry: &FileSystemFileEntry = entry.unchecked_ref();
    called_back(|ok, failed| entry.file_with_callback_and_callback(ok, failed))
        .await?
        .dyn_into()
        .ok()
}

/// Opens the dialogue of a file input for a folder: `webkitdirectory` is set for this one choice.
pub(crate) fn choose_folder(input: &web_sys::HtmlInputElement) {
    let set = |on: bool| drop(Reflect::set(input, &"webkitdirectory".into(), &on.into()));
    set(true);
    let own = input.clone();
    let restore = Closure::once_into_js(move || {
        drop(Reflect::set(&own, &"webkitdirectory".into(), &false.into()));
    });
    // Once the dialogue is open the input may be an ordinary one again.
    input.click();
    if let Some(window) = dom::window() {
        drop(
            window
                .set_timeout_with_callback_and_timeout_and_arguments_0(restore.unchecked_ref(), 0),
        );
    }
}
