//! Where SeaweedFS differs.

/// Where SeaweedFS 4.48 does not do what S3 does, and why S3's way is the right one.
pub(super) const DIFFERENCES: &[(&str, &str)] = &[
    (
        "buckets/lifecycle",
        "a write to a missing bucket makes it, so its own bucket goes missing: a typing error must not become a bucket",
    ),
    (
        "buckets/lifecycle: put into none",
        "makes the bucket; S3 says NoSuchBucket",
    ),
    (
        "buckets/lifecycle: list none",
        "the bucket has come about by the write before",
    ),
    (
        "buckets/lifecycle: delete a full one",
        "deletes the objects with it; S3 protects them",
    ),
    (
        "copies/objects_are_copied: says its source",
        "the answer lacks x-amz-copy-source-version-id",
    ),
    (
        "listings/v2: a token of our own making",
        "takes any text for a token and lists from there",
    ),
    (
        "multipart/completed_again: also when it must be new",
        "takes its own object for another's; a client that lost the answer must not be told that it failed",
    ),
    (
        "multipart/completed_again: another list is another completion",
        "answers the first completion to any list; S3 would not claim that other parts were joined",
    ),
    (
        "multipart/listings_of_parts_and_uploads: uploads",
        "lists by upload id, S3 by key",
    ),
    (
        "multipart/listings_of_parts_and_uploads: one by one",
        "lists by upload id, S3 by key",
    ),
    (
        "multipart/listings_of_parts_and_uploads: with a delimiter",
        "ignores the delimiter",
    ),
    (
        "multipart/listings_of_parts_and_uploads: common prefix",
        "ignores the delimiter",
    ),
    (
        "multipart/refusals: no part",
        "answers NoSuchUpload for an upload that is there",
    ),
    (
        "multipart/refusals: part 0",
        "another code; S3 documents InvalidArgument",
    ),
    (
        "multipart/refusals: part 10001",
        "another code; S3 documents InvalidArgument",
    ),
    (
        "objects/conditional_writes: if-match without object",
        "412; S3 documents 404 for If-Match where there is no object",
    ),
    (
        "objects/conditional_writes: delete what is gone",
        "412; S3 documents 204, because there is nothing left to do",
    ),
    (
        "objects/odd_keys: dir/ reads back",
        "a key with a closing slash is a folder there and loses its bytes",
    ),
    (
        "objects/odd_keys: kkkkkkkkkkkk reads back",
        "a segment has at most 255 bytes there; S3 limits the key to 1,024",
    ),
    (
        "objects/odd_keys: listed as written",
        "stores a//b as a/b; S3 keeps keys byte for byte",
    ),
    (
        "objects/odd_keys: listed in the order of bytes",
        "the same keys as above are missing",
    ),
    (
        "presigned/unreadable_ranges: bytes=a-b",
        "416; RFC 9110, 14.2: a range that is not one is ignored, as S3 does",
    ),
    ("presigned/unreadable_ranges: bytes=5-2", "the same"),
    (
        "tags/set_read_and_removed: a key twice",
        "takes the last one; S3 says InvalidTag",
    ),
    ("versions/deleted_on_a_condition: again", "the same for a version"),
    (
        "versions/deleted_on_a_condition: nor does a write find one",
        "412; S3 documents 404 where there is no object",
    ),
    (
        "versions/enabled: a malformed id",
        "its bucket is gone by then, see below",
    ),
    (
        "versions/enabled: a marker has no content",
        "404; S3 says 405, so that a marker is not taken for a missing version",
    ),
    ("versions/enabled: says so", "the 404 lacks x-amz-delete-marker"),
    (
        "versions/enabled: versions fill a bucket",
        "deletes the bucket with its versions; S3 protects them",
    ),
    (
        "buckets/lifecycle: twice",
        "says that it is one's own already, as S3 does outside us-east-1",
    ),
    ("buckets/preflights: no *", "answers what is no preflight"),
    (
        "checksums/composite: that of a part",
        "has checksums of the whole only",
    ),
    ("checksums/composite: is of the whole's kind", "the same"),
    (
        "checksums/trailers: wrong",
        "IncompleteBody; S3 says BadDigest, so that a client does not send the same again",
    ),
    (
        "checksums/wrong_ones_are_refused: no SHA-256 at all",
        "BadDigest; S3 says so only of a checksum that is one, and of another body",
    ),
    (
        "configuration/what_was_never_configured: publicAccessBlock",
        "not implemented there",
    ),
    (
        "configuration/what_was_never_configured: * of none",
        "answers for buckets and objects that are not there",
    ),
    (
        "copies/encoded_sources: *",
        "takes a plus for a plus; S3 decodes a copy source like a query",
    ),
    (
        "copies/objects_are_copied: of a delete marker",
        "404; S3 says 400, so that a marker is not taken for a missing version",
    ),
    (
        "copies/onto_itself: a storage class",
        "takes it for no change; S3 documents it as one",
    ),
    (
        "copies/onto_itself: a redirect",
        "takes it for no change; S3 documents it as one",
    ),
    ("copies/onto_itself: is kept", "the same"),
    (
        "documents/digests: *",
        "compares no digest of a document, so that a damaged one deletes what it says",
    ),
    (
        "documents/keys: a control character is listed",
        "lists another character; S3 writes a reference",
    ),
    (
        "documents/keys: it is deleted",
        "refuses a reference to it, so that the key cannot be deleted in a batch",
    ),
    ("documents/keys: and the answer can be read", "the same"),
    (
        "documents/keys: no key and too long a key are refused",
        "passes them over in silence",
    ),
    (
        "headers/dates: a range of another",
        "ignores If-Range; RFC 9110, 13.1.5: parts of two versions must not be joined",
    ),
    (
        "headers/dates: a weak tag",
        "compares strongly; RFC 9110, 13.1.2: If-None-Match compares weakly",
    ),
    (
        "headers/dates: nonsense in if-*",
        "400; RFC 9110, 13.1.3: what is no date is ignored, as S3 does",
    ),
    (
        "headers/delete_markers: *",
        "404; S3 says 405, so that a marker is not taken for a missing version",
    ),
    (
        "headers/expires: *",
        "drops what is no date; S3 keeps it to the letter",
    ),
    (
        "headers/overrides: * no header in *",
        "leaves out a header that it was asked for",
    ),
    (
        "headers/overrides: part *",
        "another code, or the object; S3 documents InvalidArgument",
    ),
    (
        "headers/ranges_of_heads: *",
        "ignores the range of a HEAD; S3 answers as a GET would",
    ),
    (
        "headers/the_part_of_a_single_object: *: number of parts",
        "1; S3 documents the number for objects that came in parts only",
    ),
    ("regions/a_bucket_has_one: *", "knows no regions"),
    ("tags/forbidden_ones: *", "takes keys that S3 keeps for itself"),
];

/// Whether a name is what a pattern says; a star stands for anything.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|end| {
            end.char_indices().any(|(at, _)| matches(rest, &end[at..])) || rest.is_empty()
        }),
    }
}
