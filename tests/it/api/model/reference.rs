//! The reference: everything that happened, in order, and counts made by looking at all of it each time.

use std::collections::HashSet;

use serde_json::{Value, json};

/// The status of a success, or the status and code of a refusal.
pub type Expected = Result<u16, (u16, &'static str)>;

const NOT_FOUND: (u16, &str) = (404, "not_found");
const FORBIDDEN: (u16, &str) = (403, "forbidden");
const FIXED: (u16, &str) = (422, "dm_is_fixed");
const INVALID: (u16, &str) = (422, "invalid");

pub struct Channel {
    pub id: String,
    pub kind: String,
    /// In the order of their joins.
    pub members: Vec<Member>,
}

#[derive(Clone)]
pub struct Member {
    pub who: usize,
    pub is_owner: bool,
    pub joined_seq: i64,
    pub last_read_seq: i64,
    pub last_read_message_id: Option<String>,
}

pub struct Message {
    pub id: String,
    pub seq: i64,
    pub version: i64,
    pub channel: usize,
    pub sender: usize,
    /// Its root, by place.
    pub root: Option<usize>,
    pub text: String,
    pub is_deleted: bool,
    pub created_at: String,
    /// Of a root: the `seq` of its last `thread.updated`.
    pub replies_version: i64,
}

pub struct Reference {
    pub people: Vec<String>,
    pub channels: Vec<Channel>,
    pub messages: Vec<Message>,
    /// The last number of the log: each operation is known to take so and so many.
    pub head: i64,
}

impl Reference {
    /// A public channel and a DM of the first person, a private channel of the second.
    pub fn new(people: Vec<String>, channels: &[Value; 3], head: i64) -> Reference {
        let joined = |who, is_owner, channel: &Value| {
            let seq = channel["version"].as_i64().unwrap();
            Member { who, is_owner, joined_seq: seq, last_read_seq: seq, last_read_message_id: None }
        };
        let [square, den, dm] = channels;
        let members = [
            vec![joined(0, true, square)],
            vec![joined(1, true, den)],
            vec![joined(0, false, dm), joined(1, false, dm)],
        ];
        let channels = channels.iter().zip(members).map(|(channel, members)| Channel {
            id: channel["id"].as_str().unwrap().to_owned(),
            kind: channel["kind"].as_str().unwrap().to_owned(),
            members,
        });
        Reference { people, channels: channels.collect(), messages: Vec::new(), head }
    }

    /// A message that there is, or one time in twenty an id that nothing has.
    pub fn pick(&self, number: usize) -> (String, Option<usize>) {
        if self.messages.is_empty() || number.is_multiple_of(20) {
            return (uuid::Uuid::from_u128(number as u128).to_string(), None);
        }
        // Rather a late one: that is what people answer, read and mend.
        let count = self.messages.len();
        let place =
            if number.is_multiple_of(3) { number % count } else { count - 1 - number % count.min(12) };
        (self.messages[place].id.clone(), Some(place))
    }

    fn next_seq(&mut self) -> i64 {
        self.head += 1;
        self.head
    }

    pub fn member(&self, who: usize, channel: usize) -> Option<&Member> {
        self.channels[channel].members.iter().find(|member| member.who == who)
    }

    fn sees(&self, who: usize, channel: usize) -> Result<(), (u16, &'static str)> {
        let is_seen = self.channels[channel].kind == "public" || self.member(who, channel).is_some();
        if is_seen { Ok(()) } else { Err(NOT_FOUND) }
    }

    fn is_member(&self, who: usize, channel: usize) -> Result<(), (u16, &'static str)> {
        self.sees(who, channel)?;
        if self.member(who, channel).is_some() { Ok(()) } else { Err(FORBIDDEN) }
    }

    fn is_no_dm(&self, channel: usize) -> Result<(), (u16, &'static str)> {
        if self.channels[channel].kind == "dm" { Err(FIXED) } else { Ok(()) }
    }

    /// `parent` is `Some` for a reply; `Some(None)` names nothing.
    pub fn may_send(&self, who: usize, channel: usize, parent: Option<Option<usize>>) -> Expected {
        self.is_member(who, channel)?;
        let takes_replies = |place: usize| {
            let root = &self.messages[place];
            root.channel == channel && root.root.is_none() && !root.is_deleted
        };
        match parent {
            Some(root) if !root.is_some_and(takes_replies) => Err(INVALID),
            _ => Ok(201),
        }
    }

    pub fn sent(&mut self, who: usize, channel: usize, root: Option<usize>, message: &Value) {
        let seq = self.next_seq();
        assert_eq!(message["seq"], seq, "the numbers have no gap: {message}");
        if let Some(root) = root {
            self.messages[root].replies_version = self.next_seq();
        }
        let text = |name: &str| message[name].as_str().unwrap().to_owned();
        self.messages.push(Message {
            id: text("id"),
            seq,
            version: seq,
            channel,
            sender: who,
            root,
            text: text("text"),
            is_deleted: false,
            created_at: text("created_at"),
            replies_version: 0,
        });
    }

    /// The message, if it is theirs to change.
    fn own(&self, who: usize, place: Option<usize>) -> Result<usize, (u16, &'static str)> {
        let place = place.ok_or(NOT_FOUND)?;
        let message = &self.messages[place];
        self.sees(who, message.channel)?;
        if message.sender != who {
            return Err(FORBIDDEN);
        }
        self.is_member(who, message.channel)?;
        Ok(place)
    }

    pub fn edit(&mut self, who: usize, place: Option<usize>, text: &str) -> Expected {
        let place = self.own(who, place)?;
        if self.messages[place].is_deleted {
            return Err((409, "message_deleted"));
        }
        if self.messages[place].text != text {
            self.messages[place].version = self.next_seq();
            text.clone_into(&mut self.messages[place].text);
        }
        Ok(200)
    }

    pub fn delete(&mut self, who: usize, place: Option<usize>) -> Expected {
        let place = self.own(who, place)?;
        if self.messages[place].is_deleted {
            return Ok(204);
        }
        self.messages[place].version = self.next_seq();
        self.messages[place].is_deleted = true;
        self.messages[place].text.clear();
        if let Some(root) = self.messages[place].root {
            self.messages[root].replies_version = self.next_seq();
        }
        Ok(204)
    }

    pub fn read(&mut self, who: usize, channel: usize, place: Option<usize>) -> Expected {
        self.is_member(who, channel)?;
        let in_timeline =
            |place: &usize| self.messages[*place].channel == channel && self.messages[*place].root.is_none();
        let place = place.filter(in_timeline).ok_or(INVALID)?;
        let (seq, id) = (self.messages[place].seq, self.messages[place].id.clone());
        let member = self.channels[channel].members.iter_mut().find(|member| member.who == who).unwrap();
        if seq > member.last_read_seq {
            member.last_read_seq = seq;
            member.last_read_message_id = Some(id);
        }
        Ok(200)
    }

    pub fn join(&mut self, who: usize, channel: usize) -> Expected {
        self.sees(who, channel)?;
        if self.member(who, channel).is_none() {
            let is_owner = self.channels[channel].members.is_empty();
            self.admit(who, channel, is_owner);
        }
        Ok(200)
    }

    fn admit(&mut self, who: usize, channel: usize, is_owner: bool) {
        let seq = self.next_seq();
        let member =
            Member { who, is_owner, joined_seq: seq, last_read_seq: seq, last_read_message_id: None };
        self.channels[channel].members.push(member);
    }

    pub fn leave(&mut self, who: usize, channel: usize) -> Expected {
        self.sees(who, channel)?;
        self.is_no_dm(channel)?;
        self.dismiss(who, channel);
        Ok(204)
    }

    fn dismiss(&mut self, who: usize, channel: usize) {
        let members = &mut self.channels[channel].members;
        let Some(place) = members.iter().position(|member| member.who == who) else { return };
        let gone = members.remove(place);
        self.head += 1;
        if gone.is_owner
            && let Some(heir) = members.first_mut()
        {
            heir.is_owner = true;
            self.head += 1;
        }
    }

    pub fn add(&mut self, who: usize, channel: usize, whom: usize) -> Expected {
        self.is_member(who, channel)?;
        self.is_no_dm(channel)?;
        if self.member(whom, channel).is_some() {
            return Ok(200);
        }
        self.admit(whom, channel, false);
        Ok(201)
    }

    pub fn remove(&mut self, who: usize, channel: usize, whom: usize) -> Expected {
        if whom == who {
            return self.leave(who, channel);
        }
        self.sees(who, channel)?;
        self.is_no_dm(channel)?;
        self.is_member(who, channel)?;
        if !self.member(who, channel).is_some_and(|member| member.is_owner) {
            return Err(FORBIDDEN);
        }
        self.dismiss(whom, channel);
        Ok(204)
    }

    pub fn timeline(&self, channel: usize) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.iter().filter(move |message| message.channel == channel && message.root.is_none())
    }

    pub fn replies(&self, root: usize) -> impl DoubleEndedIterator<Item = &Message> {
        self.messages.iter().filter(move |message| message.root == Some(root))
    }

    /// What a member alone has in a channel.
    pub fn standing(&self, who: usize, channel: usize) -> Option<Value> {
        let member = self.member(who, channel)?;
        let is_unread = |message: &&Message| {
            message.seq > member.last_read_seq && message.sender != who && !message.is_deleted
        };
        Some(json!({
            "unread_count": self.timeline(channel).filter(is_unread).count(),
            "last_read_message_id": member.last_read_message_id,
            "last_read_seq": member.last_read_seq,
            "role": if member.is_owner { "owner" } else { "member" },
        }))
    }

    /// A message's four fields about replies.
    pub fn thread(&self, root: usize) -> Value {
        let living: Vec<&Message> = self.replies(root).filter(|reply| !reply.is_deleted).collect();
        let mut seen = HashSet::new();
        let latest = living.iter().rev().map(|reply| reply.sender).filter(|who| seen.insert(*who));
        let people: Vec<&String> = latest.take(5).map(|who| &self.people[who]).collect();
        json!({
            "reply_count": living.len(),
            "last_reply_at": living.last().map(|reply| &reply.created_at),
            "reply_user_ids": people,
            "replies_version": self.messages[root].replies_version,
        })
    }

    /// Who has read a message, in the order of ids.
    pub fn receipts(&self, place: usize) -> Vec<&String> {
        let message = &self.messages[place];
        let has_read = |member: &&Member| {
            member.who != message.sender
                && member.joined_seq < message.seq
                && message.seq <= member.last_read_seq
        };
        let members = self.channels[message.channel].members.iter().filter(has_read);
        let mut people: Vec<&String> = members.map(|member| &self.people[member.who]).collect();
        people.sort();
        people
    }
}
