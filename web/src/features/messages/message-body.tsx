import { type Key, memo, type ReactNode } from "react";
import { type Block, type Inline, parseBlocks } from "./markdown";

/** A message's text as nodes. */
export const MessageBody = memo(function MessageBody({ text }: { text: string }) {
  return (
    <div className="message-text" dir="auto">
      {parseBlocks(text).map(block)}
    </div>
  );
});

function block(item: Block, key: Key): ReactNode {
  switch (item.kind) {
    case "paragraph":
      return <p key={key}>{item.items.map(inline)}</p>;
    case "code":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: code that is wider than its box is scrolled with the keyboard.
        <pre key={key} tabIndex={0}>
          <code>{item.text}</code>
        </pre>
      );
    case "quote":
      return <blockquote key={key}>{item.blocks.map(block)}</blockquote>;
    case "list": {
      // biome-ignore lint/suspicious/noArrayIndexKey: the text is drawn as a whole; its items have no other name.
      const rows = item.items.map((items, index) => <li key={index}>{items.map(inline)}</li>);
      return item.is_ordered ? (
        <ol key={key} start={item.start}>
          {rows}
        </ol>
      ) : (
        <ul key={key}>{rows}</ul>
      );
    }
  }
}

function inline(item: Inline, key: Key): ReactNode {
  switch (item.kind) {
    case "text":
      return item.text;
    case "code":
      return <code key={key}>{item.text}</code>;
    case "bold":
      return <strong key={key}>{item.items.map(inline)}</strong>;
    case "italic":
      return <em key={key}>{item.items.map(inline)}</em>;
    case "strike":
      return <s key={key}>{item.items.map(inline)}</s>;
    case "link":
      return (
        <a key={key} href={item.href} target="_blank" rel="noopener noreferrer nofollow">
          {item.items.map(inline)}
        </a>
      );
  }
}
