/** What of a content is text to be read and searched (PROTOCOL 15). */
import { type Content, ContentType } from '@countersign/custody';

/** The type's name, for a console. */
export function contentKind({ type }: Content): string {
  return Object.entries(ContentType).find(([, number]) => number === type)?.[0] ?? 'unknown';
}

/** Empty where a content has no words of its own. */
export function searchText(content: Content): string {
  switch (content.type) {
    case ContentType.text:
    case ContentType.reply:
    case ContentType.edit:
      return content.body;
    case ContentType.reaction:
      return content.emoji;
    case ContentType.attachment:
      return `${content.name} ${content.caption}`.trim();
    case ContentType.notice:
      return content.text;
    case ContentType.delete:
    case ContentType.receipt:
    case ContentType.timer:
    case ContentType.groupChange:
      return '';
  }
}
