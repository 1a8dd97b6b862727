//! Child processes that cannot outlive the tests.
//!
//! A shell holds each child and listens for a word on its standard input. When this process ends, however it ends, the
//! pipe closes, and the shell ends the child and tidies up after it.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

const HOLD: &str = r#"
last_signal=$1 log=$2 folder=$3
shift 3
exec 3<&0
"$@" >>"$log" 2>&1 </dev/null 3<&- &
pid=$!
echo "$pid" >"$log.pid"
trap '' HUP INT TERM
{ read -r signal || signal=$last_signal; kill -s "$signal" "$pid"; kill -s CONT "$pid"; } <&3 2>/dev/null &
listener=$!
wait "$pid" 2>/dev/null
status=$?
kill -s KILL "$listener" 2>/dev/null
[ -z "$folder" ] || rm -rf "$folder"
exit "$status"
"#;

/// What to run, and how it ends.
pub struct Held<'a> {
    pub command: &'a [String],
    pub env: &'a [(String, String)],
    /// Where its output is appended; the folder of this file is its working directory. The number of its process is
    /// written beside it.
    pub log: &'a Path,
    /// The signal that ends it when the tests are gone.
    pub last_signal: &'a str,
    /// A folder to remove when it has ended.
    pub folder: Option<&'a Path>,
}

/// A running child: dropping this ends it.
pub struct Leash {
    shell: Child,
    words: Option<ChildStdin>,
    pid_file: PathBuf,
}

impl Leash {
    pub fn hold(held: &Held) -> Leash {
        let pid_file = PathBuf::from(format!("{}.pid", held.log.display()));
        std::fs::remove_file(&pid_file).ok();
        let mut shell = Command::new("sh")
            .args(["-c", HOLD, "leash", held.last_signal])
            .arg(held.log)
            .arg(held.folder.unwrap_or(Path::new("")))
            .args(held.command)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(held.env.iter().map(|(name, value)| (name, value)))
            .current_dir(held.log.parent().unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let words = shell.stdin.take();
        Leash { shell, words, pid_file }
    }

    /// The number of the child's process; it is known a moment after the start.
    pub fn pid(&self) -> u32 {
        let pid = std::fs::read_to_string(&self.pid_file).unwrap();
        pid.trim().parse().unwrap()
    }

    /// Stops the child in the middle of whatever it does, until [`Leash::thaw`]: its connections stay open, and nothing
    /// moves on them.
    pub fn freeze(&self) {
        signal(self.pid(), Signal::STOP);
    }

    /// Lets a frozen child go on as if no time had passed.
    pub fn thaw(&self) {
        signal(self.pid(), Signal::CONT);
    }

    /// Sends one last signal (`KILL`, `TERM`); the child is expected to end of it.
    pub fn end(&mut self, signal: &str) {
        if let Some(mut words) = self.words.take() {
            // The child may have ended by itself, and its shell with it.
            writeln!(words, "{signal}").ok();
        }
    }

    /// The exit status once the child has ended: 128 and the signal's number where a signal ended it.
    pub async fn ended(&mut self) -> i32 {
        loop {
            if let Some(status) = self.shell.try_wait().unwrap() {
                return status.code().unwrap();
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

/// Sends a signal to a process, which may be gone.
pub fn signal(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid.cast_signed()).unwrap(), signal).ok();
}

impl Leash {
    /// Waits, with the whole thread, until the child has ended.
    pub fn wait(&mut self) {
        self.words.take();
        self.shell.wait().ok();
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        self.wait();
    }
}

/// The last part of a log, for the message of a test that fails.
pub fn tail(log: &Path) -> String {
    let mut text = String::new();
    std::fs::File::open(log).and_then(|mut file| file.read_to_string(&mut text)).ok();
    let start = text.len().saturating_sub(4_000);
    text.char_indices().find(|(at, _)| *at >= start).map(|(at, _)| text[at..].to_owned()).unwrap_or_default()
}
