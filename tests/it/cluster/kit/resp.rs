//! Where a reply of Redis ends (RESP2 and RESP3), and whether it is a message that somebody published.

/// The length of the first whole reply in these bytes; `None` if it has not all come yet.
pub fn reply_len(bytes: &[u8]) -> Option<usize> {
    let line_len = bytes.windows(2).position(|pair| pair == b"\r\n")? + 2;
    let count = || -> usize {
        let digits = std::str::from_utf8(&bytes[1..line_len - 2]).unwrap();
        // A null has the length -1.
        digits.parse::<i64>().unwrap().try_into().unwrap_or(0)
    };
    let elements = match bytes[0] {
        b'$' | b'=' | b'!' if bytes[1] == b'-' => 0,
        b'$' | b'=' | b'!' => {
            let len = line_len + count() + 2;
            return (bytes.len() >= len).then_some(len);
        }
        b'*' | b'>' | b'~' => count(),
        b'%' => 2 * count(),
        // Attributes stand before the reply that they belong to.
        b'|' => 2 * count() + 1,
        _ => 0,
    };
    let mut len = line_len;
    for _ in 0..elements {
        len += reply_len(&bytes[len..])?;
    }
    Some(len)
}

/// Whether a reply is a message of a channel, and not the answer to a command.
pub fn is_message(reply: &[u8]) -> bool {
    let Some(first) = reply.windows(2).position(|pair| pair == b"\r\n") else { return false };
    let kinds: [&[u8]; 2] = [b"$7\r\nmessage\r\n", b"+message\r\n"];
    matches!(reply[0], b'*' | b'>') && kinds.iter().any(|kind| reply[first + 2..].starts_with(kind))
}

#[test]
fn a_reply_ends_where_its_last_element_does() {
    let whole: [&[u8]; 8] = [
        b"+OK\r\n",
        b":-12\r\n",
        b"$-1\r\n",
        b"*-1\r\n",
        b"$4\r\n\r\n\r\n\r\n",
        b">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n",
        b"%2\r\n+a\r\n:1\r\n+b\r\n*2\r\n#t\r\n_\r\n",
        b"|1\r\n+ttl\r\n:3\r\n*1\r\n$0\r\n\r\n",
    ];
    for reply in whole {
        let followed = [reply, b"+OK\r\n"].concat();
        assert_eq!(reply_len(&followed), Some(reply.len()), "{}", reply.escape_ascii());
        for cut in 0..reply.len() {
            assert_eq!(reply_len(&reply[..cut]), None, "{}", reply[..cut].escape_ascii());
        }
    }
    assert!(is_message(whole[5]));
    assert!(!is_message(b">3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n"));
    assert!(!is_message(b"$7\r\nmessage\r\n"));
}
