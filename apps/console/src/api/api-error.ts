/** A refusal of the gateway by its code, or `internal.unavailable` when it cannot be reached. */

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;

  constructor(code: string, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}

/** From the body of an error answer: `{"code","message","retry_after_ms"}`. */
export async function apiErrorOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const code = typeof body === 'object' && body !== null ? (body as { readonly code?: unknown }).code : undefined;
  return new ApiError(typeof code === 'string' ? code : 'internal.unavailable');
}
