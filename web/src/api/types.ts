/** Short names for what the document defines. Nothing here is written by hand: the shapes are the schema's. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type User = Schemas["User"];
export type UserWithPresence = Schemas["UserWithPresence"];
export type Presence = Schemas["Presence"];
export type UserPresence = Schemas["UserPresence"];
export type Channel = Schemas["Channel"];
export type ChannelView = Schemas["ChannelView"];
export type BrowsedChannel = Schemas["BrowsedChannel"];
export type Member = Schemas["Member"];
export type Role = Schemas["Role"];
export type Message = Schemas["Message"];
export type MessagePage = Schemas["MessagePage"];
export type ReadState = Schemas["ReadState"];
export type MovedMark = Schemas["MovedMark"];
export type ReadMark = Schemas["ReadMark"];
export type Typing = Schemas["Typing"];
export type Session = Schemas["Session"];
export type AuthAnswer = Schemas["AuthAnswer"];
export type Problem = Schemas["Problem"];

export type LogEvent = Schemas["LogEvent"];
export type StreamEvent = Schemas["StreamEvent"];
export type ReadyData = Schemas["ReadyData"];
export type StateData = Schemas["StateData"];
export type ClosingData = Schemas["ClosingData"];
export type ClientFrame = Schemas["ClientFrame"];
