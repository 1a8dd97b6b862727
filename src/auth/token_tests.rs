use super::*;
use crate::error::Code;
use jsonwebtoken::encode;
use serde_json::{Value, json};

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const NOW: Time = Time(1_800_000_000_000);

fn tokens(clock: &Clock) -> Tokens {
    Tokens::new(SECRET, 900, 2_592_000, clock.clone())
}

fn good_claims() -> Value {
    let (user, session) = (UserId::new().to_string(), SessionId::new().to_string());
    json!({"iss": ISSUER, "aud": ACCESS, "sub": user, "sid": session, "exp": NOW.unix_s() + 900})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = good_claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = good_claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

/// A token whose header and claims are given as they are, rightly signed with `secret`.
fn signed(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, message.as_bytes())))
}

#[test]
fn a_token_says_what_was_signed_until_it_expires() {
    let clock = Clock::manual(NOW);
    let (tokens, user_id, session_id) = (tokens(&clock), UserId::new(), SessionId::new());
    let token = tokens.access(user_id, session_id).unwrap();
    let expires_at = NOW.plus_ms(900_000);
    assert_eq!(tokens.check_access(&token).unwrap(), Access { user_id, session_id, expires_at });
    clock.advance_ms(899_999);
    assert!(tokens.check_access(&token).is_ok());
    clock.advance_ms(1);
    assert_eq!(tokens.check_access(&token).unwrap_err().code, Code::Unauthenticated);
}

#[test]
fn a_ticket_is_good_for_half_a_minute_and_knows_its_token() {
    let clock = Clock::manual(NOW);
    let tokens = tokens(&clock);
    let access = tokens.check_access(&tokens.access(UserId::new(), SessionId::new()).unwrap()).unwrap();
    let (one, other) = (tokens.ticket(access).unwrap(), tokens.ticket(access).unwrap());
    let ticket = tokens.check_ticket(&one).unwrap();
    assert_eq!((ticket.access, ticket.expires_at), (access, NOW.plus_ms(30_000)));
    assert_ne!(ticket.id, tokens.check_ticket(&other).unwrap().id);
    clock.advance_ms(30_000);
    assert!(tokens.check_ticket(&one).is_err());
}

#[test]
fn a_ticket_does_not_outlive_its_token() {
    let clock = Clock::manual(NOW);
    let tokens = Tokens::new(SECRET, 10, 100, clock.clone());
    let access = tokens.check_access(&tokens.access(UserId::new(), SessionId::new()).unwrap()).unwrap();
    let ticket = tokens.ticket(access).unwrap();
    clock.advance_ms(10_000);
    assert!(tokens.check_ticket(&ticket).is_err());
}

#[test]
fn bad_tokens_are_refused() {
    let clock = Clock::manual(NOW);
    let tokens = tokens(&clock);
    let header = json!({"typ": "JWT", "alg": "HS256", "kid": tokens.header.kid});
    let make = |claims: Value| encode(&tokens.header, &claims, &tokens.signs).unwrap();
    let headed = |name: &str, value: Value| {
        let mut header = header.clone();
        header[name] = value;
        signed(&header, &good_claims(), SECRET)
    };
    let good = make(good_claims());
    assert!(tokens.check_access(&good).is_ok(), "the others must fail for their own reason");
    let access = tokens.check_access(&good).unwrap();
    let (head, rest) = good.split_once('.').unwrap();
    let (body, signature) = rest.split_once('.').unwrap();
    let other_body = make(good_claims()).split('.').nth(1).unwrap().to_owned();
    let unsigned = URL_SAFE_NO_PAD.encode(json!({"typ": "JWT", "alg": "none"}).to_string());
    let expired = Tokens::new(SECRET, -1, 100, clock).access(access.user_id, access.session_id).unwrap();

    let bad = [
        ("empty", String::new()),
        ("not a token", "hello".into()),
        ("dots only", "..".into()),
        ("two parts", format!("{head}.{body}")),
        ("four parts", format!("{good}.{signature}")),
        ("no signature", format!("{head}.{body}.")),
        ("another body", format!("{head}.{other_body}.{signature}")),
        ("a signature cut short", good[..good.len() - 2].into()),
        ("white space around", format!(" {good} ")),
        ("alg none", format!("{unsigned}.{body}.")),
        ("alg none, signed", format!("{unsigned}.{body}.{signature}")),
        ("alg HS512", headed("alg", json!("HS512"))),
        ("alg RS256", headed("alg", json!("RS256"))),
        ("alg in lower case", headed("alg", json!("hs256"))),
        ("an unknown key", headed("kid", json!("other"))),
        ("a key that is a path", headed("kid", json!("../../dev/null"))),
        ("no key", signed(&json!({"typ": "JWT", "alg": "HS256"}), &good_claims(), SECRET)),
        ("jku", headed("jku", json!("https://evil.example/keys"))),
        ("jwk", headed("jwk", json!({"kty": "oct", "k": "AAAA"}))),
        ("x5u", headed("x5u", json!("https://evil.example/cert"))),
        ("crit", headed("crit", json!(["exp"]))),
        ("another type", headed("typ", json!("at+jwt"))),
        ("another secret", signed(&header, &good_claims(), &[0; 32])),
        ("an empty secret", signed(&header, &good_claims(), b"")),
        ("no exp", make(without("exp"))),
        ("no iss", make(without("iss"))),
        ("no aud", make(without("aud"))),
        ("no sub", make(without("sub"))),
        ("no sid", make(without("sid"))),
        ("exp as text", make(with("exp", json!("9999999999")))),
        ("exp null", make(with("exp", Value::Null))),
        ("exp below zero", make(with("exp", json!(-1)))),
        ("exp past", make(with("exp", json!(NOW.unix_s() - 1)))),
        ("exp now", make(with("exp", json!(NOW.unix_s())))),
        ("expired", expired),
        ("nbf to come", make(with("nbf", json!(NOW.unix_s() + 60)))),
        ("another issuer", make(with("iss", json!("somebody")))),
        ("many issuers", make(with("iss", json!([ISSUER, "somebody"])))),
        ("another audience", make(with("aud", json!("somebody")))),
        ("many audiences", make(with("aud", json!([ACCESS, TICKET])))),
        ("sub is no id", make(with("sub", json!("alice")))),
        ("sid is no id", make(with("sid", json!(1)))),
        ("claims are a list", make(json!([1]))),
        ("a ticket", tokens.ticket(access).unwrap()),
        ("a refresh token", tokens.refresh().first().unwrap()),
        ("too long", make(with("pad", json!("x".repeat(MAX_TOKEN_BYTES))))),
    ];
    for (kind, token) in bad {
        let code = tokens.check_access(&token).map_err(|e| e.code);
        assert_eq!(code, Err(Code::Unauthenticated), "{kind}");
    }
}

#[test]
fn an_access_token_is_no_ticket() {
    let clock = Clock::manual(NOW);
    let tokens = tokens(&clock);
    let token = tokens.access(UserId::new(), SessionId::new()).unwrap();
    assert!(tokens.check_ticket(&token).is_err());
    let bare = encode(&tokens.header, &with("aud", json!(TICKET)), &tokens.signs).unwrap();
    assert!(tokens.check_ticket(&bare).is_err(), "a ticket has an id and knows its token");
}
