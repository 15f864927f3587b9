//! Where other tools reach the same files, the same on the server and after hydration.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::contract::BucketName;

/// Given by context while the server renders for somebody who is signed in, and serialised into the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageAddress {
    pub bucket: BucketName,
    /// `https://s3.example.org`, without a closing slash; `None` for AWS itself.
    pub endpoint: Option<String>,
    pub region: Option<String>,
}

#[derive(Clone, Copy)]
struct Carried(StoredValue<Option<StorageAddress>>);

/// Carries what the server knows into the page. Called once, by the app.
pub fn provide_storage_address() {
    let address = SharedValue::new(use_context::<StorageAddress>).into_inner();
    provide_context(Carried(StoredValue::new(address)));
}

/// `None` where nobody is signed in.
#[must_use]
pub fn use_storage_address() -> Option<StorageAddress> {
    use_context::<Carried>().and_then(|carried| carried.0.get_value())
}
