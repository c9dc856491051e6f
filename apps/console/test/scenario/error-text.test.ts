/** No error is only "failed": every code of both closed lists has a title and something to do. */
import { AC1_CODES } from '@countersign/bytes';
import { errorCode, errorText } from '@countersign/ui/text';
import { APP_CODES } from '@countersign/wire';
import { describe, expect, it } from 'vitest';

describe('the text of an error', () => {
  it.each([...AC1_CODES, ...Object.keys(APP_CODES)])('%s says what is wrong and what to do', (code) => {
    const { title, action } = errorText(code);
    expect(title.length).toBeGreaterThan(10);
    expect(action.length).toBeGreaterThan(10);
  });

  it('names the code where it has no words of its own', () => {
    expect(errorText('combine.wrong_count').action).toContain('combine.wrong_count');
  });

  it('takes the code of whatever was thrown', () => {
    expect(errorCode({ code: 'limit.rate' })).toBe('limit.rate');
    expect(errorCode(new Error('x'))).toBe('internal.unknown');
    expect(errorCode(null)).toBe('internal.unknown');
    expect(errorCode({ code: 7 })).toBe('internal.unknown');
  });
});
