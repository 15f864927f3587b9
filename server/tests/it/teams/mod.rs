//! Teams: who is in them, what each role reaches, and that whoever leaves reaches nothing from the next request on.

mod isolation;
mod keeping;
mod keys;
mod leaving;
mod members;
mod quota;
mod rest;

use serde_json::{Value, json};

use crate::support::{Answer, Client, Form, User};

/// A team that an admin made for a test.
pub(crate) struct TestTeam {
    pub(crate) id: String,
}

impl TestTeam {
    pub(crate) async fn new(admin: &User, name: &str, members: &[(&User, &str)]) -> Self {
        let made = admin.post("/api/teams", json!({"name": name})).await;
        assert_eq!(made.status, 201, "{}", made.text());
        let id = made.json::<Value>()["id"].as_str().unwrap().to_owned();
        let team = Self { id };
        for (member, role) in members {
            let added = team.add(admin, &member.username, role).await;
            assert_eq!(added.status, 201, "{}", added.text());
        }
        team
    }

    /// A whole key in the team's folder.
    pub(crate) fn key(&self, path: &str) -> String {
        format!("teams/{}/{path}", self.id)
    }

    fn path(&self) -> String {
        format!("/api/teams/{}", self.id)
    }

    pub(crate) async fn add(&self, by: &User, user: &str, role: &str) -> Answer {
        let path = format!("{}/members", self.path());
        by.post(&path, json!({"user": user, "role": role})).await
    }

    pub(crate) async fn set_role(&self, by: &User, of: &User, role: &str) -> Answer {
        let path = format!("{}/members/{}", self.path(), of.id);
        by.patch(&path, json!({"role": role})).await
    }

    pub(crate) async fn remove(&self, by: &User, of: &User) -> Answer {
        let path = format!("{}/members/{}", self.path(), of.id);
        by.request(::http::Method::DELETE, &path, axum::body::Body::empty(), None)
            .await
    }

    /// The usernames and roles that a member sees.
    pub(crate) async fn members(&self, by: &User) -> Vec<(String, String)> {
        let answer: Value = by.get(&format!("{}/members", self.path())).await.ok();
        let text = |member: &Value, field: &str| member[field].as_str().unwrap().to_owned();
        let members = answer["members"].as_array().unwrap();
        members
            .iter()
            .map(|member| (text(member, "username"), text(member, "role")))
            .collect()
    }
}

/// Stores a small file through the server.
pub(crate) async fn store(by: &Client, key: &str, bytes: &[u8]) -> Answer {
    let form = Form::new().file("file", "text/plain", bytes).text("key", key);
    by.post_form("/api/s3/upload", form).await
}
