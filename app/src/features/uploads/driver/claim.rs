//! Which uploads some tab of this browser is driving: a Web Lock each, so that another tab does not offer them as
//! unfinished. Where the browser has no locks nothing is claimed; an upload driven twice is sent twice, not broken.

use std::collections::HashSet;

use js_sys::{Array, Function, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

const PREFIX: &str = "forepeak-upload-";

/// Holds the lock until it is dropped, or the tab dies.
pub(super) struct Claim(Function);

impl Drop for Claim {
    fn drop(&mut self) {
        let _ = self.0.call0(&JsValue::NULL);
    }
}

pub(super) fn claim(upload_id: &str) -> Option<Claim> {
    let locks = locks()?;
    let mut release = None;
    let held = Promise::new(&mut |resolve, _| release = Some(resolve));
    let hold = Closure::once_into_js(move |_lock: JsValue| held);
    let request = method(&locks, "request")?;
    let asked = request
        .call2(&locks, &format!("{PREFIX}{upload_id}").into(), &hold)
        .ok()?;
    leptos::task::spawn_local(async move {
        // Ends when the lock is let go; there is nothing to learn from it.
        let _ = JsFuture::from(asked.unchecked_into::<Promise>()).await;
    });
    release.map(Claim)
}

/// The upload ids that are claimed by any tab.
pub(super) async fn claimed() -> HashSet<String> {
    query().await.unwrap_or_default()
}

async fn query() -> Option<HashSet<String>> {
    let locks = locks()?;
    let asked = method(&locks, "query")?.call0(&locks).ok()?;
    let state = JsFuture::from(asked.dyn_into::<Promise>().ok()?).await.ok()?;
    let held = Reflect::get(&state, &"held".into()).ok()?;
    let names = Array::from(&held)
        .iter()
        .filter_map(|lock| Reflect::get(&lock, &"name".into()).ok()?.as_string())
        .filter_map(|name| name.strip_prefix(PREFIX).map(str::to_owned))
        .collect();
    Some(names)
}

fn locks() -> Option<JsValue> {
    Reflect::get(&window().navigator(), &"locks".into())
        .ok()
        .filter(JsValue::is_object)
}

fn method(object: &JsValue, name: &str) -> Option<Function> {
    Reflect::get(object, &name.into()).ok()?.dyn_into().ok()
}
