//! Files from people: picked in a dialog, dropped, pasted; folders walked to their last file.

use futures::channel::oneshot;
use js_sys::{Function, Promise, Reflect};
use leptos::{
    prelude::document,
    web_sys::{
        File, FileList, FileSystemDirectoryEntry, FileSystemDirectoryReader, FileSystemEntry,
        FileSystemFileEntry, HtmlInputElement,
    },
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

use crate::features::uploads::held::{Held, HeldItem};

/// One file and where it stood: its path in the picked folder, or its bare name.
#[derive(Clone)]
pub struct PickedFile {
    pub file: File,
    pub path: String,
    /// A `FileSystemFileHandle`, where the browser gives one.
    pub handle: Option<JsValue>,
}

/// What a drop or a paste brought.
#[derive(Default)]
pub(super) struct Dropped {
    pub(super) files: Vec<PickedFile>,
    /// Paths of folders with nothing in them, without a closing slash.
    pub(super) empty_folders: Vec<String>,
    /// Paths that the browser could not read.
    pub(super) unreadable: Vec<String>,
}

/// Opens the browser's dialog. Runs `picked` only if something was chosen.
pub(super) fn pick(folder: bool, many: bool, picked: impl FnOnce(Vec<PickedFile>) + 'static) {
    let Some(input) = document()
        .create_element("input")
        .ok()
        .and_then(|input| input.dyn_into::<HtmlInputElement>().ok())
    else {
        return;
    };
    input.set_type("file");
    input.set_multiple(many);
    input.set_hidden(true);
    if folder {
        let _ = input.set_attribute("webkitdirectory", "");
    }
    // Some browsers open the dialog only for an input that is in the page.
    if let Some(body) = document().body() {
        let _ = body.append_child(&input);
    }
    let chosen = {
        let input = input.clone();
        Closure::once_into_js(move || {
            picked(input.files().map(|list| listed(&list)).unwrap_or_default());
            input.remove();
        })
    };
    let cancelled = {
        let input = input.clone();
        Closure::once_into_js(move || input.remove())
    };
    let _ = input.add_event_listener_with_callback("change", chosen.unchecked_ref());
    let _ = input.add_event_listener_with_callback("cancel", cancelled.unchecked_ref());
    input.click();
}

pub(super) fn listed(list: &FileList) -> Vec<PickedFile> {
    (0..list.length())
        .filter_map(|index| list.get(index))
        .map(|file| {
            let path = Reflect::get(&file, &"webkitRelativePath".into())
                .ok()
                .and_then(|path| path.as_string())
                .filter(|path| !path.is_empty())
                .unwrap_or_else(|| file.name());
            PickedFile {
                file,
                path,
                handle: None,
            }
        })
        .collect()
}

/// The files of a drop or a paste.
pub(super) async fn unpacked(held: Held) -> Dropped {
    let mut found = Dropped::default();
    for HeldItem { entry, file, handle } in held.0 {
        match entry {
            Some(entry) if entry.is_directory() => walk(entry, &mut found).await,
            _ => {
                let Some(file) = file else { continue };
                let handle = match handle {
                    Some(promise) => JsFuture::from(promise).await.ok().filter(JsValue::is_object),
                    None => None,
                };
                found.files.push(PickedFile {
                    path: file.name(),
                    file,
                    handle,
                });
            }
        }
    }
    found
}

/// Every file below a dropped folder, and every folder without any.
async fn walk(root: FileSystemEntry, found: &mut Dropped) {
    let mut open = vec![root];
    while let Some(entry) = open.pop() {
        let path = entry.full_path().trim_start_matches('/').to_owned();
        if entry.is_directory() {
            let before = open.len();
            let mut readable = true;
            let reader = entry.unchecked_into::<FileSystemDirectoryEntry>().create_reader();
            // A reader gives its entries in batches (a hundred in Chromium) and ends with an empty one.
            loop {
                match batch(&reader).await {
                    Some(batch) if batch.is_empty() => break,
                    Some(batch) => open.extend(batch),
                    None => {
                        readable = false;
                        break;
                    }
                }
            }
            if !readable {
                found.unreadable.push(path);
            } else if open.len() == before {
                found.empty_folders.push(path);
            }
        } else {
            let entry: FileSystemFileEntry = entry.unchecked_into();
            let file = called_back(|well, badly| entry.file_with_callback_and_callback(well, badly)).await;
            match file.and_then(|file| file.dyn_into().ok()) {
                Some(file) => found.files.push(PickedFile {
                    file,
                    path,
                    handle: None,
                }),
                None => found.unreadable.push(path),
            }
        }
    }
}

/// The next entries of a folder; `None` when it cannot be read.
async fn batch(reader: &FileSystemDirectoryReader) -> Option<Vec<FileSystemEntry>> {
    let entries = called_back(|well, badly| {
        // Fails only while another batch of the same reader is read.
        let _ = reader.read_entries_with_callback_and_callback(well, badly);
    })
    .await?;
    let entries = js_sys::Array::from(&entries);
    Some(entries.iter().map(JsCast::unchecked_into).collect())
}

/// Waits for one of a pair of callbacks; `None` for the second.
async fn called_back(start: impl FnOnce(&Function, &Function)) -> Option<JsValue> {
    let (sender, receiver) = oneshot::channel::<Option<JsValue>>();
    let sender = std::rc::Rc::new(std::cell::Cell::new(Some(sender)));
    let answer = |take: fn(JsValue) -> Option<JsValue>| {
        let sender = sender.clone();
        Closure::<dyn FnMut(JsValue)>::new(move |value| {
            if let Some(sender) = sender.take() {
                let _ = sender.send(take(value));
            }
        })
    };
    let (well, badly) = (answer(Some), answer(|_| None));
    start(well.as_ref().unchecked_ref(), badly.as_ref().unchecked_ref());
    receiver.await.ok().flatten()
}

/// The file behind a kept handle; asks for permission, so it must run within a click.
pub(super) async fn reopened(handle: &JsValue) -> Option<File> {
    let method = |name: &str| {
        Reflect::get(handle, &name.into())
            .ok()
            .and_then(|method| method.dyn_into::<Function>().ok())
    };
    let granted = JsFuture::from(
        method("requestPermission")?
            .call0(handle)
            .ok()?
            .dyn_into::<Promise>()
            .ok()?,
    )
    .await
    .ok()?;
    if granted.as_string().as_deref() != Some("granted") {
        return None;
    }
    let file = method("getFile")?
        .call0(handle)
        .ok()?
        .dyn_into::<Promise>()
        .ok()?;
    JsFuture::from(file).await.ok()?.dyn_into().ok()
}
