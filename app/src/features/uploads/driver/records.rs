//! Records of unfinished uploads, which survive a reload: one in IndexedDB for each upload, bound to its user. It holds
//! the file's handle where the browser gives one: then going on takes a permission instead of picking the file again.
//!
//! A browser that refuses IndexedDB (private windows) only loses this convenience: the server lists unfinished
//! uploads too.

use futures::channel::oneshot;
use js_sys::{Array, Object, Reflect};
use leptos::web_sys::{IdbDatabase, IdbObjectStore, IdbRequest, IdbTransactionMode};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

use crate::features::uploads::engine::Record;

const DATABASE: &str = "forepeak-uploads";
const STORE: &str = "unfinished";

/// A record in IndexedDB.
pub(super) struct SavedRecord {
    pub(super) record: Record,
    /// A `FileSystemFileHandle`.
    pub(super) handle: Option<JsValue>,
}

pub(super) async fn save(user: &str, record: &Record, handle: Option<&JsValue>) {
    let Ok(text) = serde_json::to_string(record) else {
        return;
    };
    let row = Object::new();
    let fields = [
        ("user", JsValue::from_str(user)),
        ("record", text.into()),
        ("handle", handle.cloned().unwrap_or(JsValue::NULL)),
    ];
    for (name, value) in fields {
        let _ = Reflect::set(&row, &name.into(), &value);
    }
    if let Some(store) = store(IdbTransactionMode::Readwrite).await
        && let Ok(request) = store.put_with_key(&row, &record.upload_id.as_str().into())
    {
        let _ = done(&request).await;
    }
}

pub(super) async fn forget(upload_id: &str) {
    if let Some(store) = store(IdbTransactionMode::Readwrite).await
        && let Ok(request) = store.delete(&upload_id.into())
    {
        let _ = done(&request).await;
    }
}

pub(super) async fn all(user: &str) -> Vec<SavedRecord> {
    let Some(store) = store(IdbTransactionMode::Readonly).await else {
        return Vec::new();
    };
    let Ok(request) = store.get_all() else {
        return Vec::new();
    };
    let rows = done(&request).await.map(|rows| Array::from(&rows));
    rows.into_iter()
        .flatten()
        .filter_map(|row| {
            let field = |name: &str| Reflect::get(&row, &name.into()).ok();
            if field("user")?.as_string()? != user {
                return None;
            }
            Some(SavedRecord {
                record: serde_json::from_str(&field("record")?.as_string()?).ok()?,
                handle: field("handle").filter(JsValue::is_object),
            })
        })
        .collect()
}

async fn store(mode: IdbTransactionMode) -> Option<IdbObjectStore> {
    let database = open().await?;
    let transaction = database.transaction_with_str_and_mode(STORE, mode).ok()?;
    transaction.object_store(STORE).ok()
}

async fn open() -> Option<IdbDatabase> {
    let factory = leptos::prelude::window().indexed_db().ok().flatten()?;
    let request = factory.open_with_u32(DATABASE, 1).ok()?;
    let upgrade = {
        let request = request.clone();
        Closure::<dyn FnMut()>::new(move || {
            let database = request
                .result()
                .ok()
                .and_then(|db| db.dyn_into::<IdbDatabase>().ok());
            if let Some(database) = database {
                let _ = database.create_object_store(STORE);
            }
        })
    };
    request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
    done(&request).await?.dyn_into().ok()
}

/// The request's result; `None` when it failed.
async fn done(request: &IdbRequest) -> Option<JsValue> {
    let (sender, receiver) = oneshot::channel();
    let sender = std::cell::Cell::new(Some(sender));
    let end = {
        let request = request.clone();
        Closure::<dyn FnMut()>::new(move || {
            if let Some(sender) = sender.take() {
                let _ = sender.send(request.result().ok());
            }
        })
    };
    request.set_onsuccess(Some(end.as_ref().unchecked_ref()));
    request.set_onerror(Some(end.as_ref().unchecked_ref()));
    receiver.await.ok().flatten()
}
