//! The credential of a request (contract, section 4): `Authorization`, then `?ticket=` where it is taken, then the cookie.
//! The first that is present counts; a bad one never falls through to the next.

use super::caller::{BEARER, COOKIE, TICKET};
use super::cookies::{self, Token};
use super::origin::Origins;
use crate::auth::caller::{Caller, Credential};
use crate::document::Operation;
use crate::error::{Code, Error, Result};
use crate::service::{Context, sessions};
use poem::Request;
use poem::http::Method;
use poem::http::header::{AUTHORIZATION, HOST, ORIGIN, UPGRADE};

/// What a request shows, before it is known to be good.
#[derive(Debug, PartialEq, Eq)]
enum Shown {
    Bearer(String),
    Ticket(String),
    Cookie(String),
}

/// Who asks; `unauthenticated` without a good credential, `origin_not_allowed` where a page of another origin uses the
/// cookie. A ticket is spent by this.
pub async fn authenticate(
    ctx: &Context, origins: &Origins, request: &Request, operation: &Operation,
) -> Result<Caller> {
    match shown(request, origins, &operation.security)? {
        Shown::Bearer(token) => sessions::authenticate(ctx, &token, Credential::Bearer).await,
        // Boxed, since it is rarely needed.
        Shown::Ticket(ticket) => Box::pin(sessions::redeem(ctx, &ticket)).await,
        Shown::Cookie(token) => sessions::authenticate(ctx, &token, Credential::Cookie).await,
    }
}

fn shown(request: &Request, origins: &Origins, schemes: &[String]) -> Result<Shown> {
    let takes = |scheme| schemes.iter().any(|s| s == scheme);
    if takes(BEARER) && request.headers().contains_key(AUTHORIZATION) {
        return bearer(request)
            .map(Shown::Bearer)
            .ok_or_else(|| Error::unauthenticated("`Authorization` must be `Bearer` and an access token."));
    }
    if takes(TICKET) {
        let tickets = tickets(request)?;
        if let Some(ticket) = tickets.first() {
            let twice = || Error::unauthenticated("Show one ticket.");
            return (tickets.len() == 1).then(|| Shown::Ticket(ticket.clone())).ok_or_else(twice);
        }
    }
    if takes(COOKIE)
        && let Some(token) = cookies::find(request, Token::Access)
    {
        check_origin_of_cookie(request, origins)?;
        return Ok(Shown::Cookie(token.to_owned()));
    }
    Err(Error::unauthenticated("Sign in first: send an access token as `Authorization: Bearer`."))
}

fn bearer(request: &Request) -> Option<String> {
    let mut lines = request.headers().get_all(AUTHORIZATION).iter();
    let (line, another) = (lines.next()?, lines.next());
    let (scheme, token) = line.to_str().ok()?.split_once(' ')?;
    let is_good = another.is_none() && scheme.eq_ignore_ascii_case("bearer");
    is_good.then(|| token.trim().to_owned())
}

fn tickets(request: &Request) -> Result<Vec<String>> {
    let bad = |_| Error::unauthenticated("The query cannot be read.");
    let query: Vec<(String, String)> = request.params().map_err(bad)?;
    Ok(query.into_iter().filter(|(name, _)| name == "ticket").map(|(_, value)| value).collect())
}

/// A browser adds the cookie by itself, so the page it came from has to be one of ours. Browsers omit the `Origin` of
/// plain reads on their own origin; then `Sec-Fetch-Site`, if they send it, must not say otherwise.
fn check_origin_of_cookie(request: &Request, origins: &Origins) -> Result<()> {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let must_send = !is_read || request.headers().contains_key(UPGRADE);
    check_origin(request, origins, must_send)?;
    let site = request.headers().get("sec-fetch-site").map(|site| site.as_bytes());
    let is_own = site.is_none_or(|site| site == b"same-origin" || site == b"none");
    if request.headers().contains_key(ORIGIN) || is_own { Ok(()) } else { Err(refused()) }
}

/// `origin_not_allowed` if an `Origin` is sent that may not use the session, or none where one must be.
pub fn check_origin(request: &Request, origins: &Origins, must_send: bool) -> Result<()> {
    let mut lines = request.headers().get_all(ORIGIN).iter();
    let is_good = match (lines.next(), lines.next()) {
        (None, _) => !must_send,
        (Some(origin), None) => {
            let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
            origin.to_str().is_ok_and(|origin| origins.is_allowed(origin, host))
        }
        _ => false,
    };
    if is_good { Ok(()) } else { Err(refused()) }
}

fn refused() -> Error {
    Error::new(
        Code::OriginNotAllowed,
        "With a session cookie, the `Origin` must be the server's own or an allowed one.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a request with these headers shows to an operation that takes everything, or the refusal's code.
    fn read(method: Method, uri: &str, headers: &[(&str, &str)]) -> Result<Shown, Code> {
        let mut request = Request::builder().method(method).uri_str(uri).header("host", "chat.example.org");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let schemes = [BEARER, TICKET, COOKIE].map(str::to_owned);
        shown(&request.finish(), &Origins::new(vec![]), &schemes).map_err(|error| error.code)
    }

    const COOKIE_LINE: (&str, &str) = ("cookie", "hubbub_access=c");
    const OWN: (&str, &str) = ("origin", "https://chat.example.org");
    const FOREIGN: (&str, &str) = ("origin", "https://evil.example");

    #[test]
    fn the_first_credential_counts_and_a_bad_one_does_not_fall_through() {
        let all = "/v1/sse?ticket=t";
        let bearer = ("authorization", "bearer b");
        assert_eq!(read(Method::GET, all, &[bearer, COOKIE_LINE]), Ok(Shown::Bearer("b".into())));
        assert_eq!(read(Method::GET, all, &[COOKIE_LINE]), Ok(Shown::Ticket("t".into())));
        assert_eq!(read(Method::GET, "/v1/sse", &[COOKIE_LINE]), Ok(Shown::Cookie("c".into())));
        assert_eq!(read(Method::GET, "/v1/sse", &[]), Err(Code::Unauthenticated));
        for bad in ["Basic YTpi", "Bearer", "b", ""] {
            let headers = [("authorization", bad), COOKIE_LINE];
            assert_eq!(read(Method::GET, all, &headers), Err(Code::Unauthenticated), "{bad:?}");
        }
        let twice = [bearer, ("authorization", "Bearer other"), COOKIE_LINE];
        assert_eq!(read(Method::GET, all, &twice), Err(Code::Unauthenticated));
        let tickets = "/v1/sse?ticket=t&ticket=u";
        assert_eq!(read(Method::GET, tickets, &[COOKIE_LINE]), Err(Code::Unauthenticated));
        assert_eq!(read(Method::GET, "/v1/sse?ticket=", &[COOKIE_LINE]), Ok(Shown::Ticket("".into())));
        assert_eq!(read(Method::GET, "/v1/sse?access_token=b", &[]), Err(Code::Unauthenticated));
    }

    #[test]
    fn with_a_cookie_the_page_has_to_be_one_of_ours() {
        let cookie = || Ok(Shown::Cookie("c".into()));
        let refused = || Err(Code::OriginNotAllowed);
        const UPGRADE: (&str, &str) = ("upgrade", "websocket");
        type Case = (Method, &'static [(&'static str, &'static str)], Result<Shown, Code>);
        let cases: [Case; 14] = [
            (Method::GET, &[], cookie()),
            (Method::GET, &[("sec-fetch-site", "same-origin")], cookie()),
            (Method::GET, &[("sec-fetch-site", "none")], cookie()),
            (Method::GET, &[("sec-fetch-site", "same-site")], refused()),
            (Method::GET, &[("sec-fetch-site", "cross-site")], refused()),
            (Method::GET, &[OWN, ("sec-fetch-site", "cross-site")], cookie()),
            (Method::GET, &[FOREIGN, ("sec-fetch-site", "same-origin")], refused()),
            (Method::GET, &[("origin", "null")], refused()),
            (Method::GET, &[OWN, FOREIGN], refused()),
            (Method::GET, &[UPGRADE], refused()),
            (Method::GET, &[UPGRADE, OWN], cookie()),
            (Method::POST, &[], refused()),
            (Method::POST, &[FOREIGN], refused()),
            (Method::DELETE, &[OWN], cookie()),
        ];
        for (method, headers, expected) in cases {
            let headers = [headers, &[COOKIE_LINE]].concat();
            assert_eq!(read(method.clone(), "/v1/me", &headers), expected, "{method} {headers:?}");
        }
    }

    #[test]
    fn without_a_cookie_any_page_may() {
        let headers = [("authorization", "Bearer b"), FOREIGN];
        assert_eq!(read(Method::POST, "/v1/me", &headers), Ok(Shown::Bearer("b".into())));
    }

    #[test]
    fn a_ticket_is_not_taken_where_the_operation_has_none() {
        let request = Request::builder().uri_str("/v1/me?ticket=t").finish();
        let schemes = [BEARER, COOKIE].map(str::to_owned);
        let refused = shown(&request, &Origins::new(vec![]), &schemes).unwrap_err();
        assert_eq!(refused.code, Code::Unauthenticated);
    }
}
