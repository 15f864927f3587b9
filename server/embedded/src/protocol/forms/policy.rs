//! The policy of a form: until when, and of which fields, somebody may upload.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>

use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use s3s::{S3Error, S3Result, s3_error};
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::fields::Fields;

/// Fields that need no condition: those that carry the policy itself, and what a page keeps for its own use.
const FREE: [&str; 5] = ["awsaccesskeyid", "file", "policy", "signature", "x-amz-signature"];
const FREE_PREFIX: &str = "x-ignore-";

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Policy {
    expires: OffsetDateTime,
    conditions: Vec<Condition>,
}

#[derive(Debug, PartialEq, Eq)]
enum Condition {
    /// Names of fields are in lower case.
    Equals {
        field: String,
        value: String,
    },
    StartsWith {
        field: String,
        start: String,
    },
    Length(RangeInclusive<u64>),
}

/// The document. Its names are written exactly so.
#[derive(Deserialize)]
struct Document {
    expiration: String,
    conditions: Vec<Value>,
}

impl Policy {
    /// Reads the policy of a form, which is JSON in base64.
    pub(super) fn parse(encoded: &str) -> S3Result<Self> {
        let json = STANDARD
            .decode(encoded.trim())
            .map_err(|_| invalid("it is not base64"))?;
        let document: Document =
            serde_json::from_slice(&json).map_err(|_| invalid("it has not the form of a policy"))?;
        let expires =
            expiration(&document.expiration).ok_or_else(|| invalid("the expiration is not a time"))?;
        let conditions = document
            .conditions
            .iter()
            .map(condition)
            .collect::<S3Result<_>>()?;
        Ok(Self { expires, conditions })
    }

    /// Refuses fields that the policy does not allow, and answers how long the file may be.
    pub(super) fn check(
        &self,
        fields: &Fields,
        bucket: &str,
        now: OffsetDateTime,
    ) -> S3Result<RangeInclusive<u64>> {
        if now >= self.expires {
            return Err(denied("Policy expired."));
        }
        let value = |field: &str| match field {
            "bucket" => Some(bucket),
            field => fields.get(field),
        };
        let mut length = 0..=u64::MAX;
        for condition in &self.conditions {
            let holds = match condition {
                Condition::Equals {
                    field,
                    value: expected,
                } => value(field) == Some(expected),
                Condition::StartsWith { field, start } => {
                    // Browsers may list several types.
                    let starts = |value: &str| match field.as_str() {
                        "content-type" => value.split(',').all(|one| one.trim().starts_with(start)),
                        _ => value.starts_with(start),
                    };
                    value(field).is_some_and(starts)
                }
                Condition::Length(range) => {
                    length = *length.start().max(range.start())..=*length.end().min(range.end());
                    true
                }
            };
            if !holds {
                return Err(denied("Policy Condition failed"));
            }
        }
        let named = |name: &str| {
            self.conditions.iter().any(|condition| match condition {
                Condition::Equals { field, .. } | Condition::StartsWith { field, .. } => field == name,
                Condition::Length(_) => false,
            })
        };
        if !named("bucket") {
            return Err(denied("Policy Condition failed: bucket"));
        }
        for name in fields.names() {
            if !FREE.contains(&name) && !name.starts_with(FREE_PREFIX) && !named(name) {
                return Err(denied(&format!("Extra input fields: {name}")));
            }
        }
        Ok(length)
    }
}

/// A time of ISO 8601 in UTC, `2026-01-02T04:00:00.000Z`.
fn expiration(text: &str) -> Option<OffsetDateTime> {
    let exact = text.as_bytes().get(10) == Some(&b'T') && text.ends_with('Z');
    OffsetDateTime::parse(text, &Rfc3339).ok().filter(|_| exact)
}

fn condition(value: &Value) -> S3Result<Condition> {
    match value {
        Value::Object(pairs) => {
            let mut pairs = pairs.iter();
            let (Some((field, value)), None) = (pairs.next(), pairs.next()) else {
                return Err(invalid("a simple condition has exactly one property"));
            };
            Ok(Condition::Equals {
                field: field.to_lowercase(),
                value: text(value)?,
            })
        }
        Value::Array(members) => match members.as_slice() {
            [operator, first, second] => list(&text(operator)?.to_lowercase(), first, second),
            _ => Err(invalid("a condition in a list has three members")),
        },
        _ => Err(invalid("a condition is an object or a list")),
    }
}

fn list(operator: &str, first: &Value, second: &Value) -> S3Result<Condition> {
    if operator == "content-length-range" {
        return Ok(Condition::Length(number(first)?..=number(second)?));
    }
    let field = text(first)?;
    let field = field
        .strip_prefix('$')
        .ok_or_else(|| invalid("the field of a condition begins with a dollar sign"))?
        .to_lowercase();
    let value = text(second)?;
    match operator {
        "eq" => Ok(Condition::Equals { field, value }),
        "starts-with" => Ok(Condition::StartsWith { field, start: value }),
        _ => Err(invalid("a condition is eq, starts-with or content-length-range")),
    }
}

fn text(value: &Value) -> S3Result<String> {
    let text = value
        .as_str()
        .ok_or_else(|| invalid("a condition compares texts"))?;
    Ok(text.to_owned())
}

/// Some tools write numbers as texts.
fn number(value: &Value) -> S3Result<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str()?.parse().ok())
        .ok_or_else(|| invalid("a length is a number"))
}

fn invalid(why: &str) -> S3Error {
    s3_error!(InvalidPolicyDocument, "Invalid Policy: {why}")
}

fn denied(why: &str) -> S3Error {
    s3_error!(AccessDenied, "Invalid according to Policy: {why}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-01-02 03:04:05 UTC);

    fn policy(conditions: &str) -> S3Result<Policy> {
        let json = format!(r#"{{"expiration": "2026-01-02T04:00:00Z", "conditions": {conditions}}}"#);
        Policy::parse(&STANDARD.encode(json))
    }

    fn check(conditions: &str, fields: &[(&str, &str)]) -> S3Result<RangeInclusive<u64>> {
        let mut all = Fields::default();
        for (name, value) in fields {
            all.add(name, (*value).to_owned()).unwrap();
        }
        policy(conditions)?.check(&all, "b-b", NOW)
    }

    fn code<T>(outcome: S3Result<T>) -> String {
        outcome.map_or_else(|error| error.code().as_str().to_owned(), |_| "ok".to_owned())
    }

    #[test]
    fn fields_are_held_to_their_conditions() {
        let conditions = r#"[{"bucket": "b-b"}, ["starts-with", "$KEY", "in/"], ["eq", "$aCl", "private"]]"#;
        let fields = [("Key", "in/a"), ("acl", "private"), ("x-ignore-this", "1")];
        assert_eq!(check(conditions, &fields).unwrap(), 0..=u64::MAX);
        for other in [
            vec![("key", "out/a"), ("acl", "private")],
            vec![("key", "in/a"), ("acl", "public-read")],
            vec![("key", "in/a")],
            vec![("key", "in/a"), ("acl", "private"), ("x-amz-meta-a", "1")],
        ] {
            assert_eq!(code(check(conditions, &other)), "AccessDenied", "{other:?}");
        }
        let elsewhere = conditions.replace("b-b", "other");
        assert_eq!(code(check(&elsewhere, &fields)), "AccessDenied");
        let anywhere = conditions.replace(r#"{"bucket": "b-b"}, "#, "");
        assert_eq!(code(check(&anywhere, &fields)), "AccessDenied");
    }

    #[test]
    fn every_type_of_a_list_is_compared() {
        let conditions = r#"[{"bucket": "b-b"}, ["starts-with", "$Content-Type", "image/"]]"#;
        assert_eq!(
            code(check(conditions, &[("Content-Type", "image/png, image/gif")])),
            "ok"
        );
        assert_eq!(
            code(check(conditions, &[("Content-Type", "image/png, text/html")])),
            "AccessDenied"
        );
    }

    #[test]
    fn the_narrower_length_holds() {
        let conditions =
            r#"[{"bucket": "b-b"}, ["content-length-range", 1, "9"], ["content-length-range", 0, 5]]"#;
        assert_eq!(check(conditions, &[]).unwrap(), 1..=5);
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for conditions in [
            "[{}]",
            r#"[{"a": "1", "b": "2"}]"#,
            r#"[{"a": 1}]"#,
            r#"[["content-length-range", 0]]"#,
            r#"[["content-length-range", -1, 0]]"#,
            r#"[["eq", "key", "a"]]"#,
            r#"[["like", "$key", "a"]]"#,
            "{}",
            "[1]",
        ] {
            assert_eq!(code(policy(conditions)), "InvalidPolicyDocument", "{conditions}");
        }
        for json in [
            r#"{"expiration": "2026-01-02T04:00:00Z"}"#,
            r#"{"conditions": []}"#,
            r#"{"EXPIRATION": "2026-01-02T04:00:00Z", "conditions": []}"#,
            r#"{"expiration": "tomorrow", "conditions": []}"#,
            r#"{"expiration": "2026-01-02 04:00:00Z", "conditions": []}"#,
            r#"{"expiration": "2026-01-02T04:00:00+00:00", "conditions": []}"#,
        ] {
            assert_eq!(
                code(Policy::parse(&STANDARD.encode(json))),
                "InvalidPolicyDocument",
                "{json}"
            );
        }
        assert_eq!(code(Policy::parse("?")), "InvalidPolicyDocument");
    }

    #[test]
    fn a_policy_ends() {
        let policy = policy(r#"[{"bucket": "b-b"}]"#).unwrap();
        let late = NOW + time::Duration::hours(1);
        assert_eq!(
            code(policy.check(&Fields::default(), "b-b", late)),
            "AccessDenied"
        );
    }
}
