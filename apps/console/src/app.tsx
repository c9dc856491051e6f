/** First signing in, then the views. The key lives in this component's state and goes with the page. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useState } from 'react';
import type { Gateway } from './api/gateway.ts';
import { router } from './router.tsx';
import { GatewayProvider } from './state/console.tsx';
import { SignIn } from './views/sign-in.tsx';

/** What was read once is not fetched again by itself: every fetch of content is logged as a reading. */
const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: false, refetchOnWindowFocus: false, refetchOnReconnect: false, staleTime: Number.POSITIVE_INFINITY },
  },
});

export function App() {
  const [gateway, setGateway] = useState<Gateway | null>(null);
  if (gateway === null) return <SignIn done={setGateway} />;
  return (
    <GatewayProvider value={gateway}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </GatewayProvider>
  );
}
